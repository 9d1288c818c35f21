import Foundation
import TestSupport
import Testing

@testable import DRNetGPU

@Suite struct HTMLReportTests {
  let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private var report: HTMLReport {
    HTMLReport(
      "Clips & <objects>", summary: "What was learnt.",
      [
        .init(
          "Swap", caption: "Rows keep the object.",
          [.image(path: "images/swap grid.png", alternative: "a \"grid\"")]),
        .init(
          "Evaluation", caption: "",
          [
            .table(
              header: ["measure", "content", "note"],
              rows: [["class", "0.62", "chance 0.1"], ["swap", "17.4 dB", "-"]]),
            .list([("width", "16"), ("data", "a<b")]),
          ]),
      ])
  }

  @Test func textIsEscapedAndPicturesAreAddressed() {
    let html = report.html
    #expect(html.contains("<title>Clips &amp; &lt;objects&gt;</title>"))
    #expect(html.contains("<img src=\"images/swap%20grid.png\" alt=\"a &quot;grid&quot;\">"))
    #expect(html.contains("<td class=\"number\">0.62</td>"))
    #expect(html.contains("<td class=\"number\">17.4 dB</td>"))
    #expect(html.contains("<th scope=\"col\" class=\"number\">content</th>"))
    #expect(html.contains("<td>chance 0.1</td>"))
    #expect(html.contains("<dt>data</dt><dd>a&lt;b</dd>"))
    #expect(!html.contains("<script"))
    #expect(!html.contains("http"))
  }

  /// Apart from the tags that HTML leaves open, the page is well-formed.
  @Test func theTagsAreClosed() {
    let xml = report.html.replacing("<!DOCTYPE html>\n", with: "")
      .replacing(/<(meta|img)([^>]*)>/) { "<\($0.1)\($0.2)/>" }
    #expect(XMLChecker().accepts(xml))
  }

  @Test func aPictureThatIsMissingIsTold() throws {
    #expect(message { try report.write(to: folder["index.html"]) }.contains("images/swap grid.png: cannot show"))
    #expect(folder.names.isEmpty)
    try FileManager.default.createDirectory(at: folder["images"], withIntermediateDirectories: false)
    try Data().write(to: folder["images/swap grid.png"])
    try report.write(to: folder["index.html"])
    #expect(folder.names == ["images", "index.html"])
  }
}

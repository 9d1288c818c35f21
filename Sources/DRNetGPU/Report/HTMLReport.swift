import Files
import Foundation

/// A page of sections with pictures and tables, each with a caption that explains it.
///
/// The page needs no files but its pictures: no script, no style sheet, no network.
package struct HTMLReport: Sendable {
  /// A heading, a caption, and pictures or tables.
  package struct Section: Sendable {
    /// A picture, a table or a list.
    package enum Content: Sendable {
      /// A picture: its path from the page's folder, and its alternative text.
      case image(path: String, alternative: String)
      /// A table: the names of the columns, then the rows. Numbers are aligned to the right.
      case table(header: [String], rows: [[String]])
      /// Names and values, such as settings.
      case list([(name: String, value: String)])
    }

    package var heading: String
    package var caption: String
    package var content: [Content]

    package init(_ heading: String, caption: String, _ content: [Content]) {
      self.heading = heading
      self.caption = caption
      self.content = content
    }
  }

  package var title: String
  /// One or two sentences under the title.
  package var summary: String
  package var sections: [Section]

  package init(_ title: String, summary: String, _ sections: [Section]) {
    self.title = title
    self.summary = summary
    self.sections = sections
  }

  /// Writes the page atomically. All its pictures must exist.
  package func write(to url: URL) throws {
    for case .image(let path, _) in sections.flatMap(\.content) {
      let image = url.deletingLastPathComponent().appending(path: path)
      guard access(image.path, R_OK) == 0 else { throw FileError(image, cannot: "show this picture", errno: errno) }
    }
    try AtomicFile.write(Data(html.utf8), to: url)
  }

  /// The page as HTML text.
  package var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(title.escapedForMarkup)</title>
    <style>
    \(Self.style)
    </style>
    </head>
    <body>
    <main>
    <header>
    <h1>\(title.escapedForMarkup)</h1>
    <p>\(summary.escapedForMarkup)</p>
    </header>
    \(sections.map(Self.html).joined(separator: "\n"))
    </main>
    </body>
    </html>

    """
  }

  private static func html(_ section: Section) -> String {
    """
    <section>
    <h2>\(section.heading.escapedForMarkup)</h2>
    <p>\(section.caption.escapedForMarkup)</p>
    \(section.content.map(html).joined(separator: "\n"))
    </section>
    """
  }

  private static func html(_ content: Section.Content) -> String {
    switch content {
    case .image(let path, let alternative):
      let address = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? path
      return "<img src=\"\(address.escapedForMarkup)\" alt=\"\(alternative.escapedForMarkup)\">"
    case .table(let header, let rows):
      let head = header.enumerated().map { column, name in
        let isNumeric = !rows.isEmpty && rows.allSatisfy { column < $0.count && isNumber($0[column]) }
        return "<th scope=\"col\"\(isNumeric ? " class=\"number\"" : "")>\(name.escapedForMarkup)</th>"
      }
      let body = rows.map { row in "<tr>" + row.map(cell).joined() + "</tr>" }
      return "<div class=\"wide\"><table>\n<thead><tr>\(head.joined())</tr></thead>\n<tbody>\n"
        + body.joined(separator: "\n") + "\n</tbody>\n</table></div>"
    case .list(let pairs):
      let items = pairs.map { "<div><dt>\($0.name.escapedForMarkup)</dt><dd>\($0.value.escapedForMarkup)</dd></div>" }
      return "<dl>\n\(items.joined(separator: "\n"))\n</dl>"
    }
  }

  private static func cell(_ text: String) -> String {
    "<td\(isNumber(text) ? " class=\"number\"" : "")>\(text.escapedForMarkup)</td>"
  }

  /// Whether a cell starts with a number, as in 0.62 or 19.8 dB.
  private static func isNumber(_ text: String) -> Bool {
    text.split(separator: " ").first.flatMap { Double($0.replacing("%", with: "")) } != nil
  }

  private static let style = """
    :root { color-scheme: light; --ink: #222; --quiet: #666; --rule: #e4e4e4; --paper: #fff; --back: #f6f6f4; }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--back); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
    main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
    h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem; }
    h2 { font-size: 1.2rem; margin: 0 0 .25rem; }
    header p, section p { margin: 0 0 1rem; max-width: 46rem; }
    header p { color: var(--quiet); font-size: 1.05rem; }
    section { background: var(--paper); border: 1px solid var(--rule); border-radius: 8px; padding: 1.25rem 1.5rem;
      margin-top: 1.5rem; }
    img { display: block; max-width: 100%; height: auto; margin-top: .75rem; }
    img[src$=".png"] { image-rendering: pixelated; }
    .wide { overflow-x: auto; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
    th, td { text-align: left; padding: .35rem 1.25rem .35rem 0; border-bottom: 1px solid var(--rule); }
    th { color: var(--quiet); font-weight: 600; }
    .number { text-align: right; }
    dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .35rem 1.5rem; margin: 0; }
    dl div { display: flex; justify-content: space-between; gap: 1rem; border-bottom: 1px solid var(--rule); }
    dt { color: var(--quiet); }
    dd { margin: 0; font-variant-numeric: tabular-nums; }
    """
}

import Testing

@testable import TensorEngine

@Suite("The kernels and the host agree")
struct PreludeTests {
  /// The number that a kernel file has in a place.
  private func number(_ place: Regex<(Substring, Substring)>, in text: String) throws -> Int {
    try #require(try place.firstMatch(in: text).flatMap { Int($0.1) }, "not found: is the rule written in another way?")
  }

  @Test("on the layout of features")
  func layout() throws {
    let prelude = try #require(KernelLibrary.embedded.prelude?.text)
    #expect(try number(#/#define\s+BLOCK\s+(\d+)/#, in: prelude) == BlockedLayout.block)
    let halo = #/halo\s*=\s*height\s*\*\s*width\s*>\s*1\s*\?\s*(\d+)\s*:\s*0;/#
    #expect(try number(halo, in: prelude) == BlockedLayout.mapHalo)
    let images = #/block\s*=\s*f->halo\s*&&\s*channels\s*<=\s*(\d+)\s*\?\s*channels\s*:\s*BLOCK;/#
    #expect(try number(images, in: prelude) == BlockedLayout.maxImageChannels)
  }

  @Test("on the size of groups that sum together")
  func groups() throws {
    let files = KernelLibrary.embedded.files.filter { $0.text.contains("#define GROUP ") }
    #expect(!files.isEmpty)
    for file in files {
      #expect(try number(#/#define GROUP\s+(\d+)/#, in: file.text) == DeviceTraits.groupItems, "\(file.name)")
    }
  }
}

import Foundation
import Testing

@testable import DRNetGPU

@Suite struct OwnClipTests {
  @Test func framesAreTakenInNaturalOrderFromTheStartOn() throws {
    let folder = try DataTestFolder()
    try folder.writeClips([12], side: 8)
    let clip = OwnClip(folder.url.appending(path: "clip0"))
    let frames = try clip.frames(from: 8, count: 4, imageSize: 64, channels: 3)
    #expect(frames.map { $0.pixels[0] } == [8, 9, 10, 11])
    #expect(frames.allSatisfy { ($0.width, $0.height, $0.channels) == (64, 64, 3) })
  }

  @Test func coloursAreConverted() throws {
    let folder = try DataTestFolder()
    let red = PNGImage(width: 64, height: 64, channels: 3, pixels: (0..<64 * 64).flatMap { _ in [255, 0, 0] })
    try folder.write("0.png", red.pngData())
    let frame = try OwnClip(folder.url).frames(from: 0, count: 1, imageSize: 64, channels: 1)[0]
    #expect(frame.channels == 1 && Set(frame.pixels) == [76])
  }

  @Test func wideFramesAreSqueezedOrCropped() throws {
    let folder = try DataTestFolder()
    // 12 x 4 pixels: three squares of one level each.
    let pixels = (0..<4).flatMap { _ in [10, 200, 90].flatMap { [UInt8](repeating: $0, count: 4) } }
    try folder.write("0.png", PNGImage(width: 12, height: 4, channels: 1, pixels: pixels).pngData())
    func frame(cropped: Bool) throws -> PNGImage {
      try OwnClip(folder.url, crop: cropped ? .centre : .none).frames(from: 0, count: 1, imageSize: 4, channels: 1)[0]
    }
    #expect(Set(try frame(cropped: true).pixels) == [200])
    let left = OwnClip(folder.url, crop: .box(width: 4, height: 4, x: 0, y: 0))
    #expect(Set(try left.frames(from: 0, count: 1, imageSize: 4, channels: 1)[0].pixels) == [10])
    let beyond = OwnClip(folder.url, crop: .box(width: 4, height: 4, x: 9, y: 0))
    #expect(
      dataErrorLine { _ = try beyond.frames(from: 0, count: 1, imageSize: 4, channels: 1) }?
        .contains("0.png: 12 x 4 px, too small for a crop box of 4:4:9:0") == true)
    let squeezed = try frame(cropped: false).pixels
    #expect(squeezed[0] < 60 && squeezed[1] > 100 && squeezed[3] < 110)
  }

  @Test func clipsThatCannotBeObservedAreOneLine() throws {
    let folder = try DataTestFolder()
    try folder.writeClips([1, 3])
    func line(_ name: String, from start: Int = 0) -> String? {
      dataErrorLine {
        _ = try OwnClip(folder.url.appending(path: name))
          .frames(from: start, count: 2, imageSize: 64, channels: 1)
      }
    }
    #expect(line("clip0")?.contains("clip0: 1 frame from frame 0 on, but 2 are observed") == true)
    #expect(line("clip1", from: 2)?.contains("1 frame from frame 2 on, but 2 are observed") == true)
    #expect(line("")?.contains("there are no PNG files") == true)
    #expect(line("gone")?.contains("no such file") == true)
  }
}

import Foundation
import TestSupport
import Testing

@testable import DRNetGPU

/// Videos of many containers, codecs, pixel formats, rates, turns and aspects have the frames that PyAV decodes of them.
@Suite(.enabled(if: VideoFixture.isPossible, "no ffmpeg in PATH")) struct GoldenVideoTests {
  private static let golden = Result { try Golden.file("videos").integers }
  private static let names = ((try? golden.get()) ?? [:]).keys.filter { $0.hasSuffix(".file") }
    .map { String($0.dropLast(".file".count)) }.sorted()

  @Test func thereAreManyKinds() throws { #expect(Self.names.count >= 60) }

  @Test(arguments: names) func framesAreThoseThatPyAVDecodes(_ name: String) throws {
    let (file, expected) = try (
      #require(Self.golden.get()["\(name).file"]), #require(Self.golden.get()["\(name).frames"])
    )
    let folder = try ScratchFolder()
    let url = folder["video.\(name.split(separator: ".").last ?? "")"]
    try Data(file.values.map { UInt8($0) }).write(to: url)
    let shape = expected.shape.extents
    let frames = try Video(url).frames().take(shape[0] + 1, as: FrameShape(imageSize: shape[1], channels: shape[3]))
    #expect(frames.count == shape[0])
    let size = shape.dropFirst().reduce(1, *)
    for (index, frame) in frames.prefix(shape[0]).enumerated() {
      let pixels = expected.values[index * size..<(index + 1) * size]
      let difference = zip(frame.pixels, pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
      #expect(difference <= 2, "frame \(index)")
    }
  }
}

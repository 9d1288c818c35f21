import Foundation
import TestSupport
import Testing

@testable import DRNetGPU
@testable import TensorEngine

@Suite struct FrameShapeTests {
  let folder: DataTestFolder
  init() throws { folder = try DataTestFolder() }

  /// 24 x 20 pixels of random colours, so that the order of scaling and greying shows.
  private func picture() throws -> PNGImage {
    var random = CounterRandom(seed: 5, purpose: .data, step: 0, sample: 0)
    let pixels = (0..<3 * 24 * 20).map { _ in UInt8(random.integer(in: 0...255)) }
    return PNGImage(width: 24, height: 20, channels: 3, pixels: pixels)
  }

  @Test("A coloured picture becomes the same grey frame on every path", arguments: [64, 128])
  func everyPathMakesTheSameFrame(_ size: Int) throws {
    let picture = try picture()
    let png = try picture.pngData()
    for clip in ["a", "b"] {
      try folder.write("frames/\(clip)/1.png", png)
      for view in 1...36 { try folder.write("turns/\(clip)/elevation_0/p200-64_\(view).png", png) }
    }
    let file = folder.url.appending(path: "frames/a/1.png")
    let expected = picture.resized(width: size, height: size).converted(channels: 1)
    #expect(expected != picture.converted(channels: 1).resized(width: size, height: size), "the order shows")

    let own = try OwnClip(folder.url.appending(path: "frames/a"))
      .frames(from: 0, count: 1, imageSize: size, channels: 1)
    #expect(own == [expected])

    let turns = try SUNCGChairs(root: folder.url.appending(path: "turns"), imageSize: size, isGrey: true)
    #expect(try turns.clip(at: 0).frames[7] == expected.planes)

    let clips = try FrameFolders(
      root: folder.url.appending(path: "frames"), minimumFrames: 1, imageSize: size, isGrey: true)
    let batch = try clips.sequences(step: 0, size: 1, length: 1, split: .training, seed: 1, purpose: .data)
    #expect(batch.frames[0].values == expected.tensor.values)

    let sizes = DRNet.Sizes(imageSize: size, channels: 1, width: 1, contentDim: 1, poseDim: 1, normalise: false)
    #expect(try FeatureFile.frames([file], for: sizes).values == expected.tensor.values)
  }
}

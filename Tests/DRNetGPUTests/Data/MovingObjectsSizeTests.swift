import CZlib
import Foundation
import Testing

@testable import DRNetGPU
@testable import TensorEngine

/// Moving objects at both sizes, in colour and grey.
@Suite struct MovingObjectsSizeTests {
  let folder: DataTestFolder
  init() throws { folder = try DataTestFolder() }

  /// White squares that fill their sprites.
  private func squares(spriteSize: Int = 32, isGrey: Bool = false) throws -> IDXSprites {
    let file = try folder.write("white", DataTestFolder.idx([2, 8, 8], values: [UInt8](repeating: 255, count: 128)))
    return try IDXSprites(name: "white", root: file, spriteSize: spriteSize, isGrey: isGrey)
  }

  /// Checksum of the frames of eight clips, rounded to 8 bits.
  private func checksum(_ source: some ClipSource) throws -> UInt {
    let batch = try source.batch(step: 5, size: 8, maxStep: 11, seed: 9)
    let bytes = batch.frames.flatMap { $0.values.map { UInt8(($0 * 255).rounded()) } }
    return crc32(0, bytes, uInt(bytes.count))
  }

  /// Runs of earlier releases must find their clips again: these numbers were taken before there was another size.
  @Test func clipsOf64PixelsNeverChange() throws {
    let file = try folder.write("images", DataTestFolder.idx([20, 28, 28]))
    let digits = try IDXSprites(name: "digits", root: file)
    let checksums = try [1, 2].flatMap { objects in
      try [
        checksum(MovingObjects(EmbeddedSprites(), objects: objects)),
        checksum(MovingObjects(digits, objects: objects)),
      ]
    }
    #expect(checksums == [1_078_970_982, 3_707_158_613, 4_043_860_659, 157_108_892])
  }

  @Test(arguments: [32, 64]) func everyObjectHasAChannelAndTheLastIsInFront(spriteSize: Int) throws {
    let source = try MovingObjects(squares(spriteSize: spriteSize), objects: 3)
    let side = 2 * spriteSize
    #expect(source.imageSize == side && source.channels == 3)
    let clips = try source.clips(step: 0, size: 4, length: 30, split: .training, seed: 1, purpose: .data)
    for index in [0, 29] {
      let frames = try source.frames(of: clips, at: index)
      #expect(frames.shape == Shape(4, 3, side, side))
      var expected: [Float] = []
      for clip in clips {
        let front = (0..<side * side).map { pixel in
          clip.positions[index].lastIndex {
            ($0.y..<$0.y + spriteSize).contains(pixel / side) && ($0.x..<$0.x + spriteSize).contains(pixel % side)
          }
        }
        for channel in 0..<3 { expected += front.map { $0 == channel ? 1 : 0 } }
      }
      #expect(frames.values == expected)
    }
  }

  @Test func greyObjectsCoverEachOtherInOneChannel() throws {
    let file = try folder.write("images", DataTestFolder.idx([20, 32, 32]))
    let source = try MovingObjects(IDXSprites(name: "digits", root: file, isGrey: true), objects: 2)
    #expect(source.channels == 1 && source.summary.hasSuffix("2 objects a clip, 64 x 64 px, grey"))
    let clip = try source.clips(step: 0, size: 1, length: 1, split: .training, seed: 4, purpose: .data)[0]
    #expect(clip.sprites.map(\.colour) == [[1], [1]])
    let frame = try source.frames(of: [clip], at: 0)
    #expect(frame.shape == Shape(1, 1, 64, 64))
    let expected = (0..<4096).map { pixel in
      zip(clip.sprites, clip.positions[0]).reduce(Float(0)) { behind, object in
        let (row, column) = (pixel / 64 - object.1.y, pixel % 64 - object.1.x)
        guard (0..<32).contains(row) && (0..<32).contains(column) else { return behind }
        return behind + object.0.coverage[row * 32 + column] * (1 - behind)
      }
    }
    #expect(frame.values == expected)
  }

  @Test func greyShapesHaveTheLumaOfTheirColour() {
    for sample in 0..<20 {
      func draw(isGrey: Bool) -> Sprite {
        var random = CounterRandom(seed: 1, purpose: .data, sample: sample)
        return EmbeddedSprites(isGrey: isGrey).drawSprite(.training, object: 0, of: 1, random: &random)
      }
      let (colour, grey) = (draw(isGrey: false), draw(isGrey: true))
      #expect(grey.coverage == colour.coverage && grey.label == colour.label)
      #expect(grey.colour == [0.299 * colour.colour[0] + 0.587 * colour.colour[1] + 0.114 * colour.colour[2]])
    }
  }

  @Test func largeFramesShowLargeObjectsThatBounceAtTheirBorders() throws {
    #expect(
      MovingClip.path(from: ObjectPosition(y: 60, x: 4), velocity: (y: 8, x: -6), farthest: 64, length: 5)
        .map { [$0.y, $0.x] } == [[60, 4], [64, 0], [56, 6], [48, 12], [40, 18]])
    let source = try MovingObjects(EmbeddedSprites(spriteSize: 64), objects: 1)
    let clips = try source.clips(step: 0, size: 300, length: 60, split: .training, seed: 1, purpose: .data)
    let starts = Set(clips.flatMap { [$0.positions[0][0].y, $0.positions[0][0].x] })
    #expect(starts == Set(0...63))
    let places = Set(clips.flatMap { clip in clip.positions.flatMap { [$0[0].y, $0[0].x] } })
    #expect(places == Set(0...64))
    let speeds = Set(
      clips.flatMap { clip in
        [clip.positions[1][0].y - clip.positions[0][0].y, clip.positions[1][0].x - clip.positions[0][0].x]
      })
    #expect(speeds == Set(-8...8))
  }

  /// A shape of twice the radius on twice the pixels, averaged over 2 x 2 of them, is the small one but for its border.
  @Test func largeShapesAreTheSmallOnes() {
    for shape in EmbeddedSprites.ShapeClass.allCases {
      let small = EmbeddedSprites().coverage(shape, radius: 12, tilt: 0.1)
      let large = EmbeddedSprites(spriteSize: 64).coverage(shape, radius: 24, tilt: 0.1)
      let difference = (0..<1024).map { pixel in
        let corner = pixel / 32 * 2 * 64 + pixel % 32 * 2
        return abs(small[pixel] - (large[corner] + large[corner + 1] + large[corner + 64] + large[corner + 65]) / 4)
      }
      // Both take the distance as linear across a pixel, which is wrong at corners only.
      #expect(difference.reduce(0, +) / 1024 < 0.003, "\(shape)")
    }
  }

  @Test func dataSetsTakeSizeAndGrey() throws {
    let grey = try DataSet.embedded.open(ClipRequest(objects: 3, isGrey: true, imageSize: 128))
    #expect(grey.channels == 1 && grey.imageSize == 128)
    let digits = try DataSet.mnist.open(
      ClipRequest(root: folder.write("images", DataTestFolder.idx([4, 28, 28])), objects: 3, imageSize: 128))
    #expect(digits.channels == 3 && digits.imageSize == 128)
    let clips = try DataTestFolder()
    for clip in ["a", "b"] {
      for frame in 0..<4 {
        let red = PNGImage(width: 2, height: 2, channels: 3, pixels: [255, 0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0])
        try clips.write("\(clip)/\(frame).png", red.pngData())
      }
    }
    let frames = try DataSet.frames.open(ClipRequest(root: clips.url, isGrey: true, imageSize: 128, maxStep: 3))
    #expect(frames.channels == 1 && frames.imageSize == 128 && frames.summary.hasSuffix("grey"))
    let batch = try frames.batch(step: 0, size: 2, maxStep: 3, seed: 1)
    #expect(batch.frames[0] == HostTensor(Shape(2, 1, 128, 128), [Float](repeating: 76 / 255, count: 2 * 128 * 128)))
    for size in [0, -64, 63, 65, 96, 256, Int.max] {
      let line = "--image-size \(size): expected 64 or 128"
      #expect(dataErrorLine { _ = try DataSet.embedded.open(ClipRequest(imageSize: size)) } == line)
      #expect(dataErrorLine { _ = try DataSet.frames.open(ClipRequest(imageSize: size)) } == line)
    }
  }
}

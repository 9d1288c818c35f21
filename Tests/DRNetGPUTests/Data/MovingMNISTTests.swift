import Foundation
import Testing

@testable import DRNetGPU
@testable import TensorEngine

/// Moving MNIST and its published held-out clips.
@Suite struct MovingMNISTTests {
  let folder: DataTestFolder
  init() throws { folder = try DataTestFolder() }

  /// As many white images as MNIST has for testing; their first two pixels tell their number.
  private func source(objects: Int = 2, heldOut: Int = 10_000) throws -> MovingMNIST {
    var pixels = [UInt8](repeating: 255, count: heldOut * 784)
    for picture in 0..<heldOut {
      (pixels[picture * 784], pixels[picture * 784 + 1]) = (UInt8(picture >> 8), UInt8(picture & 255))
    }
    try folder.write("train-images-idx3-ubyte", DataTestFolder.idx([3, 28, 28]))
    try folder.write("t10k-images-idx3-ubyte", DataTestFolder.idx([heldOut, 28, 28], values: pixels))
    return try MovingMNIST(root: folder.url, objects: objects)
  }

  private func picture(_ sprite: Sprite) -> Int {
    Int((sprite.coverage[0] * 255).rounded()) << 8 + Int((sprite.coverage[1] * 255).rounded())
  }

  /// The digits and their places in frames 0, 5 and 99 are what numpy 2.1 gives with the published construction: seed 42, a
  /// permutation of the 10,000 test images, then for each digit randint(37) twice and randint(-4, 5) twice.
  @Test func heldOutClipsAreThePublishedOnes() throws {
    let source = try source()
    #expect(source.clipCount(.heldOut) == 5000 && source.clipCount(.training) == nil && source.channels == 1)
    let clips = try source.differentClips(step: 0, size: 5000, length: 100, split: .heldOut, seed: 1, purpose: .probes)
    let published = [
      0: [(6252, [13, 6, 8, 9, 14, 3]), (4684, [23, 26, 23, 31, 23, 19])],
      1: [(1731, [29, 26, 33, 6, 11, 10]), (4742, [3, 28, 23, 8, 33, 8])],
      4999: [(860, [23, 27, 23, 7, 23, 9]), (7270, [32, 27, 30, 12, 14, 18])],
    ]
    for (index, digits) in published {
      for (object, digit) in digits.enumerated() {
        #expect(picture(clips[index].sprites[object]) == digit.0)
        let places = [0, 5, 99].flatMap {
          [clips[index].positions[$0][object].y, clips[index].positions[$0][object].x]
        }
        #expect(places == digit.1)
      }
    }
    #expect(Set(clips.flatMap { $0.sprites.map(picture) }).count == 10_000)
    let some = try source.differentClips(step: 0, size: 50, length: 2, split: .heldOut, seed: 1, purpose: .probes)
    #expect(Set(some.flatMap { $0.sprites.map(picture) }).count == 100)
  }

  @Test func bordersReflect() {
    func path(_ y: Int, _ x: Int, _ velocity: (y: Int, x: Int), _ length: Int) -> [[Int]] {
      MovingMNIST.path(from: ObjectPosition(y: y, x: x), velocity: velocity, length: length).map { [$0.y, $0.x] }
    }
    #expect(path(34, 1, (y: 4, x: -3), 4) == [[34, 1], [34, 2], [30, 5], [26, 8]])
    #expect(path(36, 0, (y: 0, x: -4), 20).last == [36, 4])
  }

  @Test func trainingClipsReachEveryPlaceAndSpeedAndAddUp() throws {
    let source = try source(heldOut: 4)
    let clips = try source.clips(step: 0, size: 600, length: 2, split: .training, seed: 1, purpose: .data)
    let starts = clips.flatMap { $0.positions[0].flatMap { [$0.y, $0.x] } }
    #expect(Set(starts) == Set(0...36))
    let speeds = clips.flatMap { clip in
      zip(clip.positions[0], clip.positions[1]).map { ($1.y - $0.y, $0.y) }.filter { (4...32).contains($0.1) }.map(\.0)
    }
    #expect(Set(speeds) == Set(-4...4))
    let batch = try source.frames(of: clips, at: 0)
    for (row, clip) in clips.enumerated().prefix(50) {
      var expected = [Float](repeating: 0, count: 4096)
      for (sprite, place) in zip(clip.sprites, clip.positions[0]) {
        for pixel in 0..<784 {
          expected[(place.y + pixel / 28) * 64 + place.x + pixel % 28] += sprite.coverage[pixel]
        }
      }
      #expect(batch.rows(row..<row + 1).values == expected.map { min($0, 1) })
    }
  }

  @Test func nothingTellsTheOrderOfDigits() throws {
    let clips = try source(objects: 3, heldOut: 9).differentClips(
      step: 0, size: 2, length: 3, split: .heldOut, seed: 1, purpose: .probes)
    let arrangements = clips[0].arrangements(on: clips[1])
    #expect(arrangements.count == 6 && arrangements[0] == clips[0].placed(on: clips[1]))
    #expect(Set(arrangements.map { $0.sprites.map(picture) }).count == 6)
    #expect(arrangements.allSatisfy { $0.positions == clips[1].positions })
    let covered = try MovingObjects(EmbeddedSprites(), objects: 2).clips(
      step: 0, size: 2, length: 2, split: .heldOut, seed: 1, purpose: .probes)
    #expect(covered[0].arrangements(on: covered[1]) == [covered[0].placed(on: covered[1])])
  }

  @Test func whatDoesNotFitIsTold() throws {
    _ = try source(objects: 1, heldOut: 1)
    #expect(dataErrorLine { _ = try MovingMNIST(root: folder.url, objects: 4) } == "--objects 4: expected 1, 2 or 3")
    #expect(
      dataErrorLine { _ = try MovingMNIST(root: folder.url, objects: 1, imageSize: 128) }
        == "--image-size 128: expected 64, the size of Moving MNIST")
    #expect(
      dataErrorLine { _ = try MovingMNIST(root: folder.url, objects: 2) }
        == "\(folder.url.path): 1 held-out images, expected at least 2, one for each digit of a clip")
  }
}

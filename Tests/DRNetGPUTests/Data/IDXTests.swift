import Foundation
import Testing

@testable import DRNetGPU
@testable import TensorEngine

@Suite struct IDXTests {
  let folder: DataTestFolder
  init() throws { folder = try DataTestFolder() }

  private func line(_ bytes: [UInt8], dimensions: Int = 3) throws -> String? {
    let file = try folder.write("images", bytes)
    return dataErrorLine { _ = try IDXFile(contentsOf: file, dimensions: dimensions) }?
      .replacingOccurrences(of: file.path, with: "FILE")
  }

  @Test func readsPlainAndGzipped() throws {
    let plain = try IDXFile(
      contentsOf: folder.write(
        "plain", DataTestFolder.idx([3, 2, 2], values: [0, 50, 100, 150, 1, 2, 3, 4, 5, 6, 7, 8])),
      dimensions: 3)
    // The same file, by Python's gzip.compress.
    let zipped = try #require(Data(base64Encoded: "H4sIAAAAAAACA2Ng4GBmYGAAYSYwNkqZxsjEzMLKxs4BAKZxp2QcAAAA"))
    let gzip = try IDXFile(contentsOf: folder.write("zipped.gz", zipped), dimensions: 3)
    #expect(plain.extents == [3, 2, 2] && gzip.extents == plain.extents)
    #expect(plain.values == [0, 50, 100, 150, 1, 2, 3, 4, 5, 6, 7, 8] && gzip.values == plain.values)
    let cut = try folder.write("cut.gz", zipped.prefix(30))
    #expect(dataErrorLine { _ = try IDXFile(contentsOf: cut, dimensions: 3) } == "\(cut.path): truncated gzip file")
    var damaged = Array(zipped)
    damaged[14] ^= 0xFF
    let broken = try folder.write("broken.gz", damaged)
    let message = try #require(dataErrorLine { _ = try IDXFile(contentsOf: broken, dimensions: 3) })
    #expect(message.hasPrefix("\(broken.path): damaged gzip file") && !message.contains("\n"))
  }

  @Test func badFilesAreNamed() throws {
    let good = DataTestFolder.idx([3, 2, 2])
    #expect(try line([]) == "FILE: not an IDX file: it starts with [], expected [00 00 08 03]")
    #expect(
      try line(Array("GIF89a".utf8)) == "FILE: not an IDX file: it starts with [47 49 46 38], expected [00 00 08 03]")
    #expect(
      try line(DataTestFolder.idx([3, 2, 2], type: 0xD))
        == "FILE: IDX type 0xd is not read, expected unsigned bytes (0x8)")
    #expect(try line(good, dimensions: 1) == "FILE: IDX file of 3 dimensions, expected 1")
    #expect(try line(Array(good.prefix(9))) == "FILE: truncated within the IDX header")
    #expect(
      try line(Array(good.dropLast())) == "FILE: truncated: IDX extents (3, 2, 2) need 12 bytes, 11 are there")
    #expect(try line(good + [1]) == "FILE: longer than its IDX extents (3, 2, 2) say (12 bytes)")
    #expect(try line(DataTestFolder.idx([3, 0, 2])) == "FILE: IDX extents (3, 0, 2) make no sense")
    let huge = DataTestFolder.idx([1, 1, 1], values: []).prefix(4) + [UInt8](repeating: 255, count: 12)
    #expect(try line(Array(huge)) == "FILE: IDX extents (4294967295, 4294967295, 4294967295) make no sense")
    let large = DataTestFolder.idx([1, 1, 1], values: []).prefix(4) + [255, 255, 255, 255, 0, 0, 16, 0, 0, 0, 16, 0]
    #expect(try line(Array(large))?.contains("truncated") == true)
    #expect(
      dataErrorLine { _ = try IDXFile(contentsOf: folder.url.appendingPathComponent("none"), dimensions: 3) }
        == "\(folder.url.path)/none: cannot read: there is no such file or folder; check the path")
  }

  @Test(arguments: ["-", "."]) func findsAFolderWithEitherName(separator: String) throws {
    try folder.write("train-images\(separator)idx3-ubyte", DataTestFolder.idx([4, 28, 28]))
    try folder.write("t10k-images\(separator)idx3-ubyte", DataTestFolder.idx([2, 28, 28]))
    try folder.write("train-labels\(separator)idx1-ubyte", DataTestFolder.idx([4]))
    try folder.write("t10k-labels\(separator)idx1-ubyte", DataTestFolder.idx([2], values: [0, 5]))
    let source = try DataSet.mnist.openWithFactors(ClipRequest(root: folder.url))
    #expect(source.channels == 1 && source.classNames.count == 6)
    let clips = try source.clips(step: 0, size: 20, length: 1, split: .heldOut, seed: 1, purpose: .evaluation)
    #expect(Set(clips.flatMap(\.labels)) == [0, 5])
    #expect(try source.frames(of: clips, at: 0).shape == Shape(20, 1, 64, 64))
  }

  @Test func oneFileHoldsOutItsEnd() throws {
    let file = try folder.write("digits-images-idx3-ubyte", DataTestFolder.idx([20, 32, 32]))
    try folder.write("digits-labels-idx1-ubyte", DataTestFolder.idx([20]))
    let sprites = try IDXSprites(name: "digits", root: file)
    #expect(sprites.spriteCount(.training) == 17 && sprites.spriteCount(.heldOut) == 3)
    let heldOut = sprites.sprite(.heldOut, 0, colour: [1])
    #expect(heldOut.label == 17)
    #expect(heldOut.coverage == (0..<1024).map { Float(UInt8(truncatingIfNeeded: 17 * 1024 + $0)) / 255 })
  }

  @Test func ofTwoObjectsTheSecondIsInFront() throws {
    let file = try folder.write(
      "images", DataTestFolder.idx([2, 32, 32], values: [UInt8](repeating: 255, count: 2048)))
    let source = try MovingObjects(IDXSprites(name: "white", root: file), objects: 2)
    let clips = try source.clips(step: 0, size: 1, length: 1, split: .training, seed: 1, purpose: .data)
    let frame = try source.frames(of: clips, at: 0).values
    let (back, front) = (clips[0].positions[0][0], clips[0].positions[0][1])
    func covers(_ corner: ObjectPosition, _ pixel: Int) -> Bool {
      (corner.y..<corner.y + 32).contains(pixel / 64) && (corner.x..<corner.x + 32).contains(pixel % 64)
    }
    let red = (0..<4096).map { covers(back, $0) && !covers(front, $0) ? Float(1) : 0 }
    let green = (0..<4096).map { covers(front, $0) ? Float(1) : 0 }
    #expect(frame == red + green + [Float](repeating: 0, count: 4096))
  }

  @Test func missingAndUnfitFilesAreNamed() throws {
    func line() -> String? {
      dataErrorLine { _ = try DataSet.fashion.open(ClipRequest(root: folder.url, maxStep: 11)) }?
        .replacingOccurrences(of: folder.url.path, with: "DIR")
    }
    #expect(
      try #require(line()).hasPrefix("DIR: no train-images-idx3-ubyte or train-images-idx3-ubyte.gz there. Install"))
    #expect(try #require(line()).contains("dataset-fashion-mnist"))
    #expect(try #require(line()).contains("--data-root"))
    try folder.write("train-images-idx3-ubyte", DataTestFolder.idx([4, 28, 28]))
    try folder.write("t10k-images-idx3-ubyte", DataTestFolder.idx([2, 14, 28]))
    #expect(line() == "DIR: training images are 28 x 28, t10k images 14 x 28: expected one size")
    try folder.write("train-labels-idx1-ubyte", DataTestFolder.idx([3]))
    #expect(line() == "DIR/train-labels-idx1-ubyte: 3 labels, but train-images-idx3-ubyte holds 4 images")
    let missing = folder.url.appendingPathComponent("none")
    #expect(
      try #require(dataErrorLine { _ = try DataSet.fashion.open(ClipRequest(root: missing, maxStep: 11)) })
        .hasPrefix("\(missing.path): no such folder or file. Install"))
    #expect(
      dataErrorLine { _ = try DataSet.mnist.open(ClipRequest(maxStep: 11)) }
        == "--data mnist: name a folder of IDX files, or one IDX image file with --data-root")
    #expect(
      dataErrorLine { _ = try DataSet.embedded.open(ClipRequest(root: missing, maxStep: 11)) }
        == "--data-root: --data embedded needs no files")
  }
}

import Foundation
import TestSupport
import Testing

@testable import DRNetGPU

@Suite struct SmallNORBTests {
  let folder: DataTestFolder
  let scratch: DataTestFolder
  let training = NORBFiles.turns([(2, 4, 0, 5), (2, 4, 1, 0), (0, 9, 1, 0)])
  let heldOut = NORBFiles.turns([(4, 0, 0, 0)])

  init() throws {
    folder = try DataTestFolder()
    scratch = try DataTestFolder()
  }

  private func open(cameras: SmallNORB.Cameras = .both, imageSize: Int = 64) throws -> SmallNORB {
    try SmallNORB(root: folder.url, cameras: cameras, imageSize: imageSize, scratch: scratch.url)
  }

  private func line() -> String? {
    dataErrorLine { _ = try open() }?.replacingOccurrences(of: folder.url.path, with: "DIR")
  }

  @Test(arguments: [(false, false), (true, false), (false, true), (true, true)])
  func clipsAreTurnsOfTheTable(gzipped: Bool, bytes: Bool) throws {
    try NORBFiles.write(training: training, heldOut: heldOut, gzipped: gzipped, bytes: bytes, to: folder.url)
    let norb = try open()
    #expect(norb.count == 8 && norb.channels == 1 && norb.classes[0].values.count == 5)
    #expect(
      (0..<8).map(norb.name) == [
        "animal-9-elevation-1-lighting-0-left", "animal-9-elevation-1-lighting-0-right",
        "airplane-4-elevation-0-lighting-5-left", "airplane-4-elevation-0-lighting-5-right",
        "airplane-4-elevation-1-lighting-0-left", "airplane-4-elevation-1-lighting-0-right",
        "car-0-elevation-0-lighting-0-left", "car-0-elevation-0-lighting-0-right",
      ])
    let sums = [1, 1, 2, 2, 3, 3, 4, 4]
    for index in 0..<8 {
      let clip = try norb.clip(at: index)
      #expect(clip.name == norb.name(at: index) && clip.isCircular)
      #expect(clip.split == (index < 6 ? .training : .heldOut))
      #expect(clip.labels[0] == [0, 0, 2, 2, 2, 2, 4, 4][index])
      #expect(
        clip.frames
          == (0..<18).map { azimuth in
            [UInt8](repeating: UInt8(azimuth + 20 * sums[index] + 120 * (index % 2)), count: 64 * 64)
          })
      #expect(clip.factors.count == 18 && clip.factors[0] == [1, 0])
      for (azimuth, factors) in clip.factors.enumerated() {
        let angle = Float(azimuth) * 20 * .pi / 180
        #expect(abs(factors[0] - cosf(angle)) < 1e-6 && abs(factors[1] - sinf(angle)) < 1e-6)
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).isEmpty)
  }

  @Test func oneCameraAndAnotherSize() throws {
    try NORBFiles.write(training: training, heldOut: heldOut, to: folder.url)
    let norb = try open(cameras: .left, imageSize: 128)
    #expect(norb.count == 4 && norb.imageSize == 128)
    #expect((0..<4).allSatisfy { norb.name(at: $0).hasSuffix("left") })
    #expect(try norb.clip(at: 3).frames[17] == [UInt8](repeating: 97, count: 128 * 128))
  }

  @Test func imagesAreScaledWithTheirPlaces() throws {
    try NORBFiles.write(training: training, heldOut: heldOut, to: folder.url)
    // One image of rows that count up, 32 px: every second pair of rows and columns is averaged.
    var bytes = NORBFiles.dat(18, side: 32) { _, _ in 0 }
    let first = heldOut.firstIndex { $0.azimuth == 0 }!
    for pixel in 0..<1024 { bytes[24 + first * 2048 + pixel] = UInt8(4 * (pixel / 32) + pixel % 32) }
    try folder.write(NORBFiles.name("dat", .heldOut), bytes)
    let frame = try open().clip(at: 6).frames[0]
    let scaling = Resampling(height: 32, width: 32, toHeight: 64, toWidth: 64)
    #expect(frame == scaling.plane { Float(4 * ($0 / 32) + $0 % 32) }.map { UInt8($0.rounded()) })
    #expect(frame[63] < frame[4095] && frame[63] < frame[63 * 64])
  }

  @Test func aTurnThatIsNotWholeIsNamed() throws {
    var pairs = training
    pairs[pairs.firstIndex { $0.category == 0 && $0.azimuth == 6 }!].azimuth = 8
    try NORBFiles.write(training: pairs, heldOut: heldOut, to: folder.url)
    let norb = try open(cameras: .left)
    #expect(
      dataErrorLine { _ = try norb.clip(at: 0) } == "0 images of azimuth 60 degrees, expected one")
    #expect(dataErrorLine { _ = try norb.clip(at: 1) } == nil)
  }

  @Test func whatDoesNotFitIsNamed() throws {
    #expect(
      line() == "DIR: no smallnorb-5x46789x9x18x6x2x96x96-training-dat.mat or "
        + "smallnorb-5x46789x9x18x6x2x96x96-training-dat.mat.gz there; put the six files of small NORB into one folder")
    let (cat, info) = ("DIR/\(NORBFiles.name("cat", .training))", "DIR/\(NORBFiles.name("info", .training))")
    func expect(
      _ expected: String, _ kind: String, _ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      try NORBFiles.write(training: training, heldOut: heldOut, to: folder.url)
      try folder.write(NORBFiles.name(kind, .training), bytes)
      #expect(line() == expected, sourceLocation: sourceLocation)
    }
    var pairs = training
    try expect("\(cat): 18 categories, but there are 54 image pairs", "cat", NORBFiles.cat(heldOut))
    try expect(
      "\(info): (18, 4) numbers, expected (54, 4): instance, elevation, azimuth and lighting of each image pair",
      "info", NORBFiles.info(heldOut))
    pairs[3].category = 5
    try expect("\(cat): category 5 of image pair 3, expected 0 to 4", "cat", NORBFiles.cat(pairs))
    pairs[3].category = -1
    try expect("\(cat): category -1 of image pair 3, expected 0 to 4", "cat", NORBFiles.cat(pairs))
    pairs[3].azimuth = 3
    try expect("\(info): azimuth 3 of image pair 3, expected an even number", "info", NORBFiles.info(pairs))
    pairs[3].azimuth = 36
    try expect("\(info): azimuth 36 of image pair 3, expected 0 to 35", "info", NORBFiles.info(pairs))
    pairs[53].lighting = 6
    pairs[3].azimuth = 0
    try expect("\(info): lighting 6 of image pair 53, expected 0 to 5", "info", NORBFiles.info(pairs))
  }

  @Test func filesOfWhichNothingCanBeReadAreNamed() throws {
    try NORBFiles.write(training: training, heldOut: heldOut, to: folder.url)
    let url = folder.url.appending(path: NORBFiles.name("cat", .heldOut))
    try FileManager.default.removeItem(at: url)
    try FileManager.default.createSymbolicLink(at: url, withDestinationURL: url)
    // A link that leads to itself is as good as none.
    #expect(try #require(line()).contains("no \(url.lastPathComponent) or"))
    try FileManager.default.removeItem(at: url)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    #expect(try #require(line()).hasPrefix("DIR/\(url.lastPathComponent): "))
    #expect(
      try #require(
        dataErrorLine { _ = try SmallNORB(root: folder.url.appending(path: "none"), scratch: scratch.url) }
      ).contains("none: no smallnorb"))
  }

  @Test func aScratchFolderThatTakesNothingIsNamed() throws {
    try NORBFiles.write(training: training, heldOut: heldOut, gzipped: true, to: folder.url)
    let missing = scratch.url.appending(path: "none")
    #expect(
      try #require(dataErrorLine { _ = try SmallNORB(root: folder.url, scratch: missing) })
        .contains("cannot write a scratch file to"))
  }

  @Test func aFileThatShrinksWhileItIsReadIsNamed() throws {
    try NORBFiles.write(training: training, heldOut: heldOut, to: folder.url)
    let norb = try open()
    let url = folder.url.appending(path: NORBFiles.name("dat", .training))
    #expect(truncate(url.path, 100) == 0)
    #expect(try #require(dataErrorLine { _ = try norb.clip(at: 0) }).hasSuffix("it became shorter while it was read"))
  }
}

import Foundation
import TestSupport
import Testing

@testable import DRNetGPU
@testable import Files

/// Files of the data sets' full sizes give as many clips as the sets are documented to have.
@Suite struct DocumentedCountsTests {
  private let folder: DataTestFolder

  init() throws { folder = try DataTestFolder() }

  /// Small NORB: 5 categories x 5 instances x 9 elevations x 18 azimuths x 6 lightings are 24,300 pairs of 96 x 96 px in each
  /// split. The images, 448 MB of zeros, take no room on the disk.
  @Test func smallNORBHas24300PairsInEachSplit() throws {
    for (split, instances) in [(Split.training, [4, 6, 7, 8, 9]), (.heldOut, [0, 1, 2, 3, 5])] {
      let pairs = NORBFiles.turns(
        (0..<5).flatMap { category in
          instances.flatMap { instance in
            (0..<9).flatMap { elevation in
              (0..<6).map { (category: category, instance: instance, elevation: elevation, lighting: $0) }
            }
          }
        })
      #expect(pairs.count == 24_300)
      try folder.write(NORBFiles.name("cat", split), NORBFiles.cat(pairs))
      try folder.write(NORBFiles.name("info", split), NORBFiles.info(pairs))
      let images = try folder.write(NORBFiles.name("dat", split), NORBFiles.matrix([pairs.count, 2, 96, 96], []))
      let header = try #require(try FileManager.default.attributesOfItem(atPath: images.path)[.size] as? Int)
      #expect(truncate(images.path, header + pairs.count * 2 * 96 * 96) == 0)
    }
    let norb = try SmallNORB(root: folder.url, cameras: .both, imageSize: 64, scratch: folder.url)
    // 1,350 turns by two cameras in each split.
    #expect(norb.count == 5400)
    for (index, split) in [(0, Split.training), (2699, .training), (2700, .heldOut), (5399, .heldOut)] {
      let clip = try norb.clip(at: index)
      #expect(clip.split == split && clip.frames.count == 18)
    }
  }

  /// KTH: 25 persons x 6 actions x 4 scenarios, of which one video is missing, are 599 videos, and 2,391 sub-sequences: four of a
  /// video, but for a few.
  @Test func kthHas2391SubSequences() throws {
    let missing = "person13_handclapping_d3"
    var index = "the 599 videos\n"
    var videos = 0
    for person in 1...25 {
      for action in KTHVideo.actions {
        for scenario in 1...4 {
          let name = String(format: "person%02d_", person) + "\(action)_d\(scenario)"
          guard name != missing else {
            index += "\(name)\t\t*missing*\n"
            continue
          }
          videos += 1
          index += "\(name)\t\tframes\t1-95, 96-185, 186-245\(videos <= 5 ? "" : ", 246-360")\n"
          try folder.write("\(action)/\(name)_uncomp.avi", [])
        }
      }
    }
    try folder.write("00sequences.txt", index.utf8)
    #expect(videos == 599)
    #expect(try KTHActions(root: folder.url).count == 2391)
    // 17 of the 25 persons.
    let original = try KTHActions(root: folder.url, persons: .original)
    #expect(Set((0..<original.count).map { original.name(at: $0).prefix(8) }).count == 17)
  }

  /// SUNCG: a turn has 36 views; five elevations of each object.
  @Test func suncgHas36ViewsOfEachElevation() throws {
    let view = try PNGImage(width: 8, height: 8, channels: 1, pixels: [UInt8](repeating: 9, count: 64)).pngData()
    for object in 0..<20 {
      for elevation in 0..<5 {
        for number in 1...36 { try folder.write("object\(object)/elevation_\(elevation)/p200-64_\(number).png", view) }
      }
    }
    let clips = try CollectedClips(SUNCGChairs(root: folder.url)).clips()
    #expect(clips.count == 100 && clips.allSatisfy { $0.frames.count == 36 && $0.isCircular })
    #expect(clips.count { $0.split == .heldOut } == 15)
  }
}

import Foundation
import TestSupport
import Testing

@testable import DRNetGPU
@testable import Files

@Suite struct KTHSequencesTests {
  private let text = """
    ----------------------------------------------------------------
      Sub-sequences of 1-95 frames, by person01 and others
    ----------------------------------------------------------------

    person01_boxing_d1\t\tframes\t1-95, 96-185, 186-245, 246-360
    person13_handclapping_d3\t*missing*
    person25_walking_d4\t\tframes\t3-7
    """

  @Test func rangesCountFromZeroAndEndBeforeTheirLastFrame() throws {
    let index = try KTHSequences(text, from: "index")
    #expect(index.ranges["person01_boxing_d1"] == [0..<95, 95..<185, 185..<245, 245..<360])
    #expect(index.ranges["person13_handclapping_d3"] == [])
    #expect(index.ranges["person25_walking_d4"] == [2..<7])
    #expect(index.ranges.count == 3)
  }

  @Test(arguments: ["0-5", "7-3", "5", "1-x", "1-99999999999999999999", "1-2000000", "-1-5"])
  func rangesThatMakeNoSenseAreNamed(range: String) {
    let line = dataErrorLine { _ = try KTHSequences("\nperson01_boxing_d1 frames \(range)", from: "index") }
    #expect(line?.hasPrefix("index: line 2: '") == true)
  }

  @Test func whatIsNoIndexIsSaid() throws {
    #expect(dataErrorLine { _ = try KTHSequences("prose", from: "index") }?.contains("no line names a video") == true)
    #expect(dataErrorLine { _ = try KTHSequences("person01_boxing_d1", from: "index") }?.contains("no frames") == true)
    let folder = try DataTestFolder()
    let large = try folder.write("large", [UInt8](repeating: 32, count: 1 << 21))
    #expect(dataErrorLine { _ = try KTHSequences(contentsOf: large) }?.contains("expected the index of KTH") == true)
  }

  @Test func namesSayWhoDoesWhat() {
    #expect(KTHVideo("person15_walking_d1")?.person == 15)
    for name in ["person26_walking_d1", "person00_walking_d1", "person15_flying_d1", "person15_walking_d5", "walking"] {
      #expect(KTHVideo(name) == nil)
    }
  }

  @Test func personsAreSplitAsTheirNamesSay() {
    typealias Split = KTHActions.PersonSplit
    func count(_ split: Split, _ side: DRNetGPU.Split?) -> Int { (1...25).count { split.split(person: $0) == side } }
    #expect(count(.released, .training) == 20 && count(.released, .heldOut) == 5)
    #expect(count(.prediction, .training) == 16 && count(.prediction, .heldOut) == 9)
    #expect(count(.original, .training) == 8 && count(.original, .heldOut) == 9 && count(.original, nil) == 8)
  }
}

@Suite(.enabled(if: VideoFixture.isPossible, "no ffmpeg in PATH")) struct KTHActionsTests {
  /// Where the clips are read from: the layout of the data set, with videos of 20 frames.
  private func write(_ names: [String]) throws -> DataTestFolder {
    let folder = try DataTestFolder()
    for name in names {
      let action = try #require(KTHVideo(name)).action
      try VideoFixture.write(
        folder.url.appending(path: "\(action)/\(name)_uncomp.avi"), frames: 20, "testsrc=size=160x120",
        codec: ["-codec:v", "ffv1"])
    }
    return folder
  }

  @Test func subSequencesAreTheClips() throws {
    let folder = try write(["person01_boxing_d1", "person22_walking_d4"])
    try folder.write(
      "00sequences.txt", "person01_boxing_d1\t\tframes\t1-4, 5-20\nperson22_walking_d4 frames 11-30\n".utf8)
    let reader = try KTHActions(root: folder.url)
    #expect(reader.hasIndex && reader.classes[0].values.count == 6)
    let found = try CollectedClips(reader)
    #expect(found.names == ["person01_boxing_d1-1", "person01_boxing_d1-2", "person22_walking_d4-1"])
    let first = try found.clip("person01_boxing_d1-1")
    let second = try found.clip("person01_boxing_d1-2")
    #expect(first.frames.count == 4 && second.frames.count == 16)
    #expect(first.split == .training && first.labels == [0] && first.frames[0].count == 64 * 64)
    // One after the other they are the whole video.
    let url = folder.url.appending(path: "boxing/person01_boxing_d1_uncomp.avi")
    let whole = try OwnClip(url).frames(from: 0, count: 20, imageSize: 64, channels: 1)
    #expect(first.frames + second.frames == whole.map(\.planes))
    #expect(
      found.problem("person22_walking_d4-1")?.hasSuffix("frames 11 to 30 are needed, but it ends with frame 20") == true
    )
    let held = try KTHActions(root: folder.url, persons: .prediction)
    #expect(held.count == 3)
  }

  @Test func withoutTheIndexClipsAreVideos() throws {
    let folder = try write(["person01_boxing_d1", "person02_handwaving_d2"])
    let reader = try KTHActions(root: folder.url)
    #expect(!reader.hasIndex)
    #expect(try CollectedClips(reader).clips().map(\.frames.count) == [20, 20])
  }

  @Test func aVideoThatTheIndexDoesNotNameIsSaid() throws {
    let folder = try write(["person01_boxing_d1"])
    try folder.write("00sequences.txt", "person02_boxing_d1 frames 1-4".utf8)
    #expect(
      dataErrorLine { _ = try KTHActions(root: folder.url) }?.contains("no line names the video person01_boxing_d1")
        == true)
    let empty = try DataTestFolder()
    #expect(dataErrorLine { _ = try KTHActions(root: empty.url) }?.contains("no videos of KTH") == true)
  }

  @Test func framesWithoutThePersonAreLeftOut() {
    // A bright square crosses a dark picture, which is empty before and after; noise of 10 levels does not count.
    let frames = (0..<60).map { time in
      (0..<64 * 64).map { pixel -> UInt8 in
        let (row, column) = (pixel / 64, pixel % 64)
        let isInside =
          (15..<45).contains(time) && (20..<30).contains(row) && (2 * (time - 15)..<2 * (time - 10)).contains(column)
        return isInside ? 200 : UInt8(50 + (pixel * 7 + time * 13) % 10)
      }
    }
    #expect(KTHActions.withPerson(frames) == Array(frames[15..<45]))
    #expect(KTHActions.withPerson([]).isEmpty)
  }
}

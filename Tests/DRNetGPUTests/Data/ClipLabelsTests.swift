import Foundation
import TestSupport
import Testing

@testable import DRNetGPU
@testable import Files

@Suite struct ClipLabelsTests {
  /// Three folders of frames: clip0, clip1 and clip2.
  private func folder(_ lengths: [Int] = [3, 4, 2]) throws -> DataTestFolder {
    let folder = try DataTestFolder()
    try folder.writeClips(lengths)
    return folder
  }

  private func reader(_ folder: DataTestFolder, _ labels: OwnVideos.Settings.Labels?) throws -> OwnVideos {
    var settings = OwnVideos.Settings()
    (settings.labels, settings.isGrey) = (labels, true)
    return try OwnVideos(root: folder.url, settings: settings)
  }

  private func table(_ folder: DataTestFolder, _ text: String) throws -> OwnVideos.Settings.Labels {
    .table(try folder.write("labels.csv", text.utf8))
  }

  @Test func aTableGivesClassesAndSplits() throws {
    let folder = try folder()
    let labels = try table(
      folder, "clip,action,split,person\nclip1,walk,heldOut,10\nclip0,run,training,9\nclip2,walk,training,9\n")
    let reader = try reader(folder, labels)
    #expect(reader.classes == [ClipClass("action", ["run", "walk"]), ClipClass("person", ["9", "10"])])
    let clips = try CollectedClips(reader).clips()
    #expect(
      clips.map(\.labels) == [[0, 0], [1, 1], [1, 0]] && clips.map(\.split) == [.training, .heldOut, .training])
    #expect(clips.allSatisfy { $0.group == nil })
    // The file has them, too.
    let url = folder.url.appending(path: "set.clips")
    let writer = try ClipsFileWriter(url, for: reader)
    for clip in clips { try writer.append(clip, from: clip.name) }
    try writer.finish()
    let file = try ClipsFile(contentsOf: url, minimumFrames: 2)
    let drawn = try file.clips(step: 0, size: 30, length: 2, split: .training, seed: 1, purpose: .tests)
    #expect(file.classes == reader.classes && Set(drawn.map(file.labels)) == [[0, 0], [1, 0]])
  }

  @Test func withoutSplitsNamesDecide() throws {
    let folder = try folder()
    let clips = try CollectedClips(reader(folder, table(folder, "clip,class\nclip0,a\nclip1,a\nclip2,b\n"))).clips()
    #expect(clips.map(\.labels) == [[0], [0], [1]])
    #expect(clips.allSatisfy { $0.split == nil && $0.group == $0.name })
  }

  @Test func aFolderIsAClass() throws {
    let folder = try DataTestFolder()
    let frame = PNGImage(width: 8, height: 8, channels: 1, pixels: [UInt8](repeating: 9, count: 64))
    for clip in ["walk/a", "run/deep/b", "run/c"] {
      for name in ["1", "2"] { try folder.write("\(clip)/\(name).png", frame.pngData()) }
    }
    let reader = try reader(folder, .folders)
    #expect(reader.classes == [ClipClass("class", ["run", "walk"])])
    let found = try CollectedClips(reader)
    #expect(try found.clip("walk/a").labels == [1] && found.clip("run/deep/b").labels == [0])
    try folder.write("d.mp4", [0])
    #expect(message { _ = try self.reader(folder, .folders) }.contains("d.mp4 is in no folder of its own class"))
  }

  @Test func whatChangesIsReadBesideTheFrames() throws {
    let folder = try folder([3, 2])
    let labels = try table(folder, "clip,class\nclip0,a\nclip1,b\n")
    try folder.write("clip0/factors.csv", "azimuth.cos,azimuth.sin,phase\n1,0,0.5\n0,1,0.75\n-1,0,1e0\n".utf8)
    try folder.write("clip1/factors.csv", "azimuth.cos,azimuth.sin,phase\n0,0,1\n0,0,2\n".utf8)
    let reader = try reader(folder, labels)
    #expect(reader.factors == [ClipFactor("azimuth", size: 2), ClipFactor("phase", size: 1)])
    let found = try CollectedClips(reader)
    #expect(try found.clip("clip0").factors == [[1, 0, 0.5], [0, 1, 0.75], [-1, 0, 1]])
    // Without labels the table is another file.
    #expect(try self.reader(folder, nil).otherFiles == 3)
    try folder.write("clip1/factors.csv", "azimuth.cos,azimuth.sin,phase\n0,0,1\n".utf8)
    #expect(try CollectedClips(reader).problem("clip1")?.contains("factors.csv: 1 rows for 2 frames") == true)
    try folder.write("clip1/factors.csv", "phase\n1\n2\n".utf8)
    #expect(try CollectedClips(reader).problem("clip1")?.contains("azimuth (2), phase (1)") == true)
    try FileManager.default.removeItem(at: folder.url.appending(path: "clip1/factors.csv"))
    #expect(try CollectedClips(reader).problem("clip1")?.contains("no such file") == true)
  }

  /// Clips that are cut from one folder share its labels, and each has its own rows of factors.
  @Test func partsKeepTheirRows() throws {
    let folder = try folder([9, 4])
    let labels = try table(folder, "clip,class\nclip0,a\nclip1,b\n")
    for (clip, count) in [(0, 9), (1, 4)] {
      try folder.write("clip\(clip)/factors.csv", ("n\n" + (0..<count).map { "\($0)\n" }.joined()).utf8)
    }
    var settings = OwnVideos.Settings()
    (settings.labels, settings.clipFrames) = (labels, 4)
    let clips = try CollectedClips(OwnVideos(root: folder.url, settings: settings)).clips()
    #expect(clips.map { $0.factors.map { Int($0[0]) } } == [[0, 1, 2, 3], [4, 5, 6, 7], [0, 1, 2, 3]])
    #expect(clips.map(\.labels) == [[0], [0], [1]])
  }

  @Test(arguments: [
    ("name,class\na,b\n", "line 1: expected the columns clip, split (if wanted) and one for each class"),
    ("clip\nclip0\n", "line 1: expected the columns clip, split (if wanted) and one for each class"),
    ("clip,a.b\n", "line 1: \"a.b\" as a name of a class; expected 1 to 40 letters, digits, - and _"),
    ("clip,class\nclip0,\n", "line 2: no class"),
    ("clip,class\nclip0,a\nclip0,b\n", "line 3: clip0 is there twice"),
    (
      "clip,split,class\nclip0,training,a\n",
      "no row has the split heldOut; clips of both are needed, training and heldOut"
    ),
    ("clip,class\nx,a\ny,b\n", "no row names a video or folder of frames; the first is line 2 (x)"),
    ("clip,split,class\nclip0,test,a\n", "line 2: \"test\" as split; expected training or heldOut"),
  ])
  func whatIsWrongWithATableIsOneLine(_ text: String, _ expected: String) throws {
    let folder = try folder()
    #expect(message { _ = try reader(folder, table(folder, text)) }.hasSuffix("labels.csv: \(expected)"))
  }

  @Test func rowsAboutNothingAreTold() throws {
    let folder = try folder()
    let reader = try reader(folder, table(folder, "clip,class\nclip0,a\n./clip1,a\nclip2,a\nclip1,b\n"))
    #expect(
      reader.foreignRows?.hasSuffix(
        "1 rows name no video or folder of frames and are ignored, the first is line 3 (./clip1)") == true)
  }

  @Test func aClassAndAFactorOfOneNameAreRefused() throws {
    let folder = try folder([2, 2])
    for clip in 0..<2 { try folder.write("clip\(clip)/factors.csv", "phase\n1\n2\n".utf8) }
    let reader = try reader(folder, table(folder, "clip,phase\nclip0,a\nclip1,b\n"))
    let url = folder.url.appending(path: "set.clips")
    #expect(message { _ = try ClipsFileWriter(url, for: reader) }.contains("two classes or factors are called phase"))
    #expect(!FileManager.default.fileExists(atPath: url.path + ".partial"))
  }

  @Test func otherFactorsAreAnotherPreparation() throws {
    let folder = try folder([2, 2])
    for clip in 0..<2 { try folder.write("clip\(clip)/factors.csv", "phase\n1\n2\n".utf8) }
    let labels = try table(folder, "clip,class\nclip0,a\nclip1,b\n")
    let before = try reader(folder, labels).settingsText
    #expect(try reader(folder, labels).settingsText == before)
    try folder.write("clip1/factors.csv", "phase\n1\n3\n".utf8)
    #expect(try reader(folder, labels).settingsText != before)
  }

  @Test func aClipWithoutARowIsSkippedWithTheReason() throws {
    let folder = try folder()
    let found = try CollectedClips(reader(folder, table(folder, "clip,class\nclip0,a\nclip2,a\n")))
    #expect(found.problem("clip1")?.hasSuffix("labels.csv: no row for clip1") == true)
  }

  @Test(arguments: [
    (".x\n1\n", "line 1: \".x\" as a name of a factor; expected 1 to 40 letters, digits, - and _"),
    ("a,b,a.x\n1,2,3\n", "line 1: the columns of a are not beside each other"),
    ("a\n1\nx\n", "line 3: \"x\", expected a number"), ("a\nnan\n", "line 2: \"nan\", expected a number"),
  ])
  func whatIsWrongWithFactorsIsOneLine(_ text: String, _ expected: String) throws {
    let folder = try DataTestFolder()
    let url = try folder.write("factors.csv", text.utf8)
    #expect(message { _ = try FrameFactors(contentsOf: url) }.hasSuffix("factors.csv: \(expected)"))
  }
}

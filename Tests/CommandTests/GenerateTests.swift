import DRNetGPU
import Foundation
import TestSupport
import Testing

@Suite struct GenerateTests {
  /// A workspace with a copy of a run that can predict, and a clip `walk` of five grey frames, 90 x 70.
  private func workspace() throws -> Workspace {
    let workspace = try TinyRun.predictingCopy()
    for index in 0..<5 {
      let pixels = (0..<90 * 70).map { UInt8(truncatingIfNeeded: $0 / 30 + 40 * index) }
      let url = workspace["walk/\(index).png"]
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try PNGImage(width: 90, height: 70, channels: 1, pixels: pixels).write(to: url)
    }
    return workspace
  }

  private let follow = ["generate", "run", "--from", "walk", "--frames", "6"] + TinyRun.cpu

  @Test func framesOfAnOwnClipAreObservedAndPredicted() throws {
    let workspace = try workspace()
    try workspace.succeed(follow + ["--out", "ahead", "--start", "1"])
    let names = try FileManager.default.contentsOfDirectory(atPath: workspace["ahead"].path).sorted()
    #expect(names == (0..<2).map { "observed-0000\($0).png" } + (2..<8).map { "predicted-0000\($0).png" })
    let images = try names.map { try PNGImage(contentsOf: workspace["ahead/\($0)"]) }
    // As the run has them.
    #expect(images.allSatisfy { ($0.width, $0.height, $0.channels) == (64, 64, 3) })
    let second = try PNGImage(contentsOf: workspace["walk/1.png"]).resized(width: 64, height: 64).converted(channels: 3)
    #expect(images[0] == second)
    #expect(Set(images.map(\.pixels)).count > 2)

    try workspace.succeed(follow + ["--out", "cropped", "--start", "1", "--crop"])
    let cropped = try PNGImage(contentsOf: workspace["cropped/observed-00000.png"])
    #expect(cropped.width == 64 && cropped != images[0])
  }

  @Test func aLinkToAFolderIsFilledAndOneThatLeadsNowhereIsNoPlaceToWrite() throws {
    let workspace = try workspace()
    try FileManager.default.createDirectory(at: workspace["elsewhere"], withIntermediateDirectories: true)
    for (link, target) in [("ahead", "elsewhere"), ("lost.apng", "nowhere")] {
      try FileManager.default.createSymbolicLink(
        atPath: workspace[link].path, withDestinationPath: workspace[target].path)
    }
    try workspace.succeed(follow + ["--out", "ahead"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: workspace["elsewhere"].path).count == 8)
    try workspace.expectFailure(follow + ["--out", "lost.apng"], says: ["lost.apng", "leads nowhere"])
  }

  /// Frames per second, number of frames, width and height, as ffprobe reports them.
  private func probe(_ file: String, in workspace: Workspace) throws -> [String] {
    let outcome = try workspace.run(
      [
        "ffprobe", "-v", "error", "-count_frames", "-select_streams", "v", "-show_entries",
        "stream=width,height,r_frame_rate,nb_read_frames", "-of", "csv=p=0", file,
      ], program: URL(filePath: "/usr/bin/env"))
    #expect(outcome.status == 0, "\(outcome.messages)")
    return outcome.results.first?.split(separator: ",").map(String.init) ?? []
  }

  static let hasFFmpeg = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
    access("\($0)/ffmpeg", X_OK) == 0 && access("\($0)/ffprobe", X_OK) == 0
  }

  @Test(.enabled(if: hasFFmpeg), arguments: ["gif", "mp4"])
  func aVideoHasAllFrames(_ suffix: String) throws {
    let workspace = try workspace()
    try workspace.succeed(follow + ["--out", "ahead.\(suffix)", "--frame-rate", "5"])
    #expect(try probe("ahead.\(suffix)", in: workspace) == ["260", "260", "5/1", "8"])
    // Three clips side by side, truth above prediction, margins around.
    let flags = ["--clips", "3", "--scale", "1", "--frames", "6"] + TinyRun.cpu
    try workspace.succeed(["generate", "run", "--out", "held-out.\(suffix)"] + flags)
    #expect(try probe("held-out.\(suffix)", in: workspace) == ["200", "134", "10/1", "8"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: workspace["run/images"].path).isEmpty)
  }

  /// Not every ffmpeg is built with libx264.
  @Test(.enabled(if: hasFFmpeg)) func withoutLibx264AnMP4HoldsMPEG4() throws {
    let workspace = try workspace()
    let script = """
      #!/bin/sh
      case "$*" in *-encoders) echo 'V..... mpeg4' ;; *) PATH=$REAL_PATH exec ffmpeg "$@" ;; esac
      """
    try Data(script.utf8).write(to: workspace["ffmpeg"])
    chmod(workspace["ffmpeg"].path, 0o755)
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let environment = ["PATH": workspace.folder.path + ":" + path, "REAL_PATH": path]
    let outcome = try workspace.run(follow + ["--out", "ahead.mp4"], environment: environment)
    #expect(outcome.status == 0, "\(outcome.messages)")
    #expect(try probe("ahead.mp4", in: workspace) == ["260", "260", "10/1", "8"])
    let codec = try workspace.run(
      ["ffprobe", "-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", "ahead.mp4"],
      program: URL(filePath: "/usr/bin/env"))
    #expect(codec.results == ["mpeg4"])
  }

  /// Creates a typical video.
  private func makeVideo(_ name: String, in workspace: Workspace) throws {
    let outcome = try workspace.run(
      ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=size=96x64:rate=25:duration=0.4", name],
      program: URL(filePath: "/usr/bin/env"))
    #expect(outcome.status == 0, "\(outcome.messages)")
  }

  @Test(.enabled(if: hasFFmpeg), arguments: ["walk.mp4", "walk.avi", "-walk: 1.gif"])
  func aVideoIsContinued(_ name: String) throws {
    let workspace = try TinyRun.predictingCopy()
    try makeVideo("./\(name)", in: workspace)
    let flags = ["generate", "run"] + TinyRun.cpu + ["--from=./\(name)", "--frames", "4", "--out", "ahead", "--start"]
    func frame(_ index: Int) throws -> PNGImage {
      try PNGImage(contentsOf: workspace["ahead/observed-0000\(index).png"])
    }
    try workspace.succeed(flags + ["7"])
    let (seventh, eighth) = (try frame(0), try frame(1))
    #expect((seventh.width, seventh.height, seventh.channels) == (64, 64, 3))
    try workspace.succeed(flags + ["8", "--force"])
    #expect(try frame(0) == eighth && eighth != seventh)
    try workspace.expectFailure(
      flags + ["9", "--force"], says: [name, "1 frame from frame 9 on, but 2 are observed", "--start"])
  }

  /// The header of a bitmap of 60,000 x 60,000 pixels of 24 bits.
  private static let hugeBitmap =
    Data(
      [0x42, 0x4D, 100, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 0x60, 0xEA, 0, 0, 0x60, 0xEA, 0, 0, 1, 0, 24, 0])
    + Data(count: 124)

  @Test(.enabled(if: hasFFmpeg)) func aBrokenVideoIsOneLine() throws {
    let workspace = try TinyRun.predictingCopy()
    try makeVideo("walk.mp4", in: workspace)
    let whole = try Data(contentsOf: workspace["walk.mp4"])
    let list = Data("ffconcat version 1.0\nfile http://127.0.0.1/walk.mp4\n".utf8)
    for (name, bytes, reason) in [
      ("cut.mp4", whole.prefix(whole.count / 2), "ffprobe says"), ("empty.mp4", Data(), "ffprobe says"),
      ("text.mp4", Data("no video".utf8), "ffprobe says"), ("huge.bmp", Self.hugeBitmap, "not read as a video"),
      ("list.mp4", list, "not read as a video"),
    ] {
      try bytes.write(to: workspace[name])
      try workspace.expectFailure(
        ["generate", "run", "--from", name, "--out", "out"] + TinyRun.cpu, says: [name, reason])
    }
    try workspace.expectFailure(
      ["generate", "run", "--from", "/dev/zero", "--out", "out"] + TinyRun.cpu, says: ["/dev/zero", "neither"])
  }

  @Test func withoutOutTheRunShowsHeldOutClips() throws {
    let workspace = try workspace()
    let flags = ["generate", "run", "--frames", "4", "--stride", "3"] + TinyRun.cpu
    try workspace.succeed(flags + ["--clips", "2"])
    let names = ["prediction-0.png", "prediction-1.png", "prediction.png"]
    #expect(try FileManager.default.contentsOfDirectory(atPath: workspace["run/images"].path).sorted() == names)
    let strip = try PNGImage(contentsOf: workspace["run/images/prediction-0.png"])
    #expect((strip.width, strip.height) == (2 * 66 + 2, 2 * 66 + 2))
    // The run's own pictures are written again, with the same content each time.
    let before = try workspace.snapshot()
    try workspace.succeed(flags + ["--clips", "2"])
    #expect(try workspace.snapshot() == before)
    // Those of more clips than now would show another prediction.
    try workspace.succeed(flags + ["--clips", "1"])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: workspace["run/images"].path).sorted()
        == ["prediction-0.png", "prediction.png"])
  }

  @Test func existingFilesAreReplacedOnlyWithForce() throws {
    let workspace = try workspace()
    for out in ["a.png", "a.apng", "folder"] {
      try workspace.succeed(follow + ["--out", out])
      try workspace.expectFailure(follow + ["--out", out], says: [out, "--force"])
      try workspace.succeed(follow + ["--out", out, "--force"])
    }
    try workspace.expectFailure(follow + ["--out", "gone/a.png"], says: ["gone/a.png", "no such file or folder"])
  }

  @Test func clipsThatCannotBeObservedAreOneLine() throws {
    let workspace = try workspace()
    func fails(_ from: String, _ flags: [String] = [], says parts: [String]) throws {
      try workspace.expectFailure(
        ["generate", "run", "--from", from, "--out", "out"] + flags + TinyRun.cpu, says: parts)
    }
    try FileManager.default.createDirectory(at: workspace["empty"], withIntermediateDirectories: true)
    try FileManager.default.createDirectory(at: workspace["single"], withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: workspace["walk/0.png"], to: workspace["single/0.png"])
    try fails("gone", says: ["gone", "no such file"])
    try fails("empty", says: ["empty", "no PNG files"])
    try fails("single", says: ["single", "1 frame from frame 0 on", "2 are observed", "--n-past"])
    try fails("walk", ["--start", "4"], says: ["walk", "1 frame from frame 4 on", "--start"])
    try fails("walk", ["--n-past", "6"], says: ["walk", "6 are observed"])
    try Data("no picture".utf8).write(to: workspace["walk/1.png"])
    try fails("walk", says: ["walk/1.png", "not a PNG file"])
  }

  static let faults: [([String], [String])] = [
    (["--from", "walk"], ["--out"]),
    (["--from", "walk", "--out", "", "--force"], ["--out ''"]),
    (["--from", "", "--out", "a.png"], ["--from ''"]),
    (["--from", "walk", "--out", "a.avi"], ["--out a.avi", ".mp4"]),
    (["--from", "walk", "--out", "a.png", "--clips", "2"], ["--clips chooses", "--from"]),
    (["--from", "walk", "--out", "a.png", "--seed", "2"], ["--seed", "--from"]),
    (["--from", "walk", "--out", "a.png", "--start", "-1"], ["--start -1"]),
    (["--from", "walk", "--out", "a.png", "--frames", "5000", "--stride", "1"], ["--stride 1", "or more"]),
    (["--from", "walk", "--out", "a.apng", "--frames", "100000"], ["--frames", "at most"]),
    (["--start", "3"], ["--start", "--from"]),
    (["--crop"], ["--crop", "--from"]),
    (["--box", "8:8:0:0"], ["--box", "--from"]),
    (["--from", "walk", "--out", "a.png", "--box", "8:8"], ["--box", "8:8"]),
    (["--out", "folder"], ["--out folder", "--from"]),
    (["--frames", "100000", "--clips", "1000"], ["--frames 100000", "--clips 1000"]),
    (["--frame-rate", "0"], ["--frame-rate 0"]),
    (["--scale", "33"], ["--scale 33"]),
  ]

  /// Swift strings are UTF-8, so such a file cannot be opened by name. The error shows the name as far as possible.
  @Test func namesThatAreNoUTF8AreOneLine() throws {
    let workspace = try workspace()
    let outcome = try workspace.run(
      [
        "-c", "mkdir odd && : > odd/$'\\xff'.png && drnet=$1 && shift && exec $drnet \"$@\" --from odd --out out",
        "bash", Workspace.command.path, "generate", "run", "--n-past", "1",
      ] + TinyRun.cpu, program: URL(filePath: "/bin/bash"))
    #expect(outcome.status == 1)
    workspace.expectOneLine(outcome.messages, says: ["odd/\u{FFFD}.png"])
    #expect(!FileManager.default.fileExists(atPath: workspace["out"].path))
  }

  @Test(arguments: faults) func flagsThatDoNotGoTogetherAreOneLine(_ flags: [String], _ parts: [String]) throws {
    try workspace().expectFailure(["generate", "run"] + flags + TinyRun.cpu, status: 2, says: parts)
  }

  @Test func withoutFFmpegOnlyVideosFail() throws {
    let workspace = try workspace()
    let lonely = ["PATH": workspace.folder.path]
    for suffix in ["gif", "mp4"] {
      try workspace.expectFailure(
        follow + ["--out", "a.\(suffix)"], environment: lonely, says: ["ffmpeg", "install", ".apng"])
    }
    try Data().write(to: workspace["walk.mp4"])
    try workspace.expectFailure(
      ["generate", "run", "--from", "walk.mp4", "--out", "a.apng"] + TinyRun.cpu, environment: lonely,
      says: ["walk.mp4", "ffmpeg", "install", "PNG"])
    #expect(try workspace.run(follow + ["--out", "a.apng"], environment: lonely).status == 0)
  }

  @Test func aFullDiskHoldsNothing() throws {
    let workspace = try workspace()
    guard let disk = try SmallDisk(on: workspace["disk"], of: workspace, kilobytes: 64) else { return }
    defer { withExtendedLifetime(disk) {} }
    try Data(count: 64 << 10).write(to: workspace["disk/filling"])
    for out in ["a.png", "a.apng", "folder"] + (Self.hasFFmpeg ? ["a.gif", "a.mp4"] : []) {
      try workspace.expectFailure(follow + ["--out", "disk/\(out)"], says: ["disk/", "no space left"])
    }
  }
}

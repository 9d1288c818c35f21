import Foundation
import TestSupport
import Testing

@testable import DRNetGPU

@Suite struct SceneCutsTests {
  @Test func scenesBeginWhereAFrameDiffersMuch() {
    let still = [Double](repeating: 1, count: 9)
    let cuts = SceneCuts(scores: [0] + still + [40] + still + [10] + still + [9.99])
    #expect(cuts.scenes == [0..<10, 10..<20, 20..<31] && cuts.shortScenes == 0)
  }

  @Test func scenesOfAFewFramesAreLeftOut() {
    let still = [Double](repeating: 1, count: 9)
    let flash = SceneCuts(scores: [50] + still + [60, 0, 0, 60] + still + [70])
    #expect(flash.scenes == [0..<10, 13..<23] && flash.shortScenes == 2)
    let none = SceneCuts(scores: [])
    #expect(none.scenes.isEmpty && none.shortScenes == 0)
    #expect(SceneCuts(scores: [0, 90, 90]).shortScenes == 3)
  }

  /// Three scenes of 20 frames: black, a moving pattern, white; with sound from 0.2 s before on where asked for.
  private func film(_ url: URL, hasSound: Bool) throws {
    let part = "duration=0.8,format=yuv420p"
    try VideoFixture.write(
      url, frames: 60,
      "color=black:size=64x48:\(part)[a];testsrc2=size=64x48:\(part)[b];color=white:size=64x48:\(part)[c];"
        + "[a][b][c]concat=n=3" + (hasSound ? ",setpts=PTS+0.2/TB[out0];sine=duration=3[out1]" : ""),
      codec: ["-fps_mode", "passthrough"])
  }

  @Test(.enabled(if: VideoFixture.isPossible, "no ffmpeg in PATH"), arguments: [nil, 10], [false, true])
  func eachSceneOfAVideoIsAClip(rate: Double?, hasSound: Bool) throws {
    let folder = try DataTestFolder()
    try film(folder.url.appending(path: "film.mp4"), hasSound: hasSound)
    var settings = OwnVideos.Settings()
    (settings.cutsScenes, settings.isGrey, settings.frameRate) = (true, true, rate)
    let videos = try OwnVideos(root: folder.url, settings: settings)
    let clips = try CollectedClips(videos).clips()
    try #require(clips.map(\.name) == ["film.mp4#1", "film.mp4#2", "film.mp4#3"])
    #expect(clips.allSatisfy { $0.frames.count == Int(0.8 * (rate ?? 25)) })
    // Scenes are held out one by one.
    #expect(Set(try videos.splits(of: Set(clips.compactMap(\.group))).values) == [.training, .heldOut])
    // No frame of a scene is in another's clip: black is 16 of 255 at most, white 235 at least.
    #expect(clips[0].frames.allSatisfy { $0.allSatisfy { $0 < 20 } })
    #expect(clips[1].frames.allSatisfy { Set($0).count > 20 })
    #expect(clips[2].frames.allSatisfy { $0.allSatisfy { $0 > 230 } })
    let short = try DataTestFolder()
    try VideoFixture.write(short.url.appending(path: "short.mp4"), frames: 7)
    let tooShort = try CollectedClips(OwnVideos(root: short.url, settings: settings))
    #expect(tooShort.problem("short.mp4") == "no scene has 8 frames; leave --scene-cuts out")
    settings.clipFrames = 5
    #expect(try CollectedClips(OwnVideos(root: folder.url, settings: settings)).names.contains("film.mp4#2.1"))
  }
}

import Foundation
import TestSupport
import Testing

@testable import DRNetGPU
@testable import Files
@testable import TensorEngine

/// Frames of a training step from all clips of a folder.
@Suite struct FolderScenesTests {
  /// Clips of four grey frames of level folder * 60 + clip * 15 + frame.
  private struct Turns: IndexedClipReader {
    let imageSize = 64
    let channels = 1
    let classes: [ClipClass] = []
    let factors: [ClipFactor] = []
    var folders = 3
    var names: @Sendable (Int, Int) -> String = { folder, clip in "all/object \(folder)/turn \(clip)" }

    var count: Int { folders * 3 }
    func name(at index: Int) -> String { names(index / 3, index % 3) }
    func clip(at index: Int) -> PreparedClip {
      PreparedClip(
        name: name(at: index), split: index / 3 == 2 ? .heldOut : .training, labels: [], factors: [],
        frames: (0..<4).map { .init(repeating: UInt8(index / 3 * 60 + index % 3 * 15 + $0), count: 4096) },
        isCircular: true)
    }
  }

  let folder: DataTestFolder
  init() throws { folder = try DataTestFolder() }
  private var url: URL { folder.url.appending(path: "turns.clips") }

  private func open(_ turns: Turns = Turns(), maxStep: Int = 5) throws -> any ClipSource {
    let writer = try ClipsFileWriter(url, for: turns, replacing: false)
    for index in 0..<turns.count { try writer.append(turns.clip(at: index), from: turns.name(at: index)) }
    try writer.finish()
    return try DataSet.clips.open(ClipRequest(root: url, maxStep: maxStep, scene: .folder))
  }

  @Test func framesAreDifferentOnesOfOneFolder() throws {
    let source = try open()
    #expect(source.clipCount(.training) == 2 && source.clipCount(.heldOut) == 1)
    #expect(source.summary.hasSuffix("scenes are their 2 training and 1 held-out folders"))
    let batch = try source.batch(step: 0, size: 200, maxStep: 5, seed: 1)
    var (levels, clips): (Set<Int>, Set<Set<Int>>) = ([], [])
    for sample in 0..<200 {
      let shown = batch.frames.map { Int(($0.values[sample * 4096] * 255).rounded()) }
      #expect(Set(shown).count == 4 && Set(shown.map { $0 / 60 }).count == 1)
      levels.formUnion(shown)
      clips.insert(Set(shown.map { $0 % 60 / 15 }))
    }
    // Every frame of the training folders, and frames of one, two and three clips.
    #expect(levels.count == 24 && Set(clips.map(\.count)).isSuperset(of: [2, 3]))
    #expect(try source.batch(step: 0, size: 200, maxStep: 5, seed: 1) == batch)
  }

  @Test func clipsWithoutFoldersAndShortFoldersAreTold() throws {
    let none = dataErrorLine { _ = try open(Turns(names: { "\($0)-\($1)" })) }
    #expect(
      none == "\(url.path): 0-0 is in no folder, but --scene is folder; prepare clips from a folder for each scene, or "
        + "train with --scene clip")
    try FileManager.default.removeItem(at: url)
    #expect(
      dataErrorLine { _ = try open(maxStep: 12) }
        == "\(url.path): the clips of all/object 0 have 12 frames in all, but scenes of 13 are needed: lower --max-step"
    )
    #expect(
      dataErrorLine { _ = try DataSet.embedded.open(ClipRequest(maxStep: 3, scene: .folder)) }
        == "--scene folder: expected clip; prepared clips have folders, --data embedded has none")
  }

  @Test func aRunTrainsOnFoldersAndIsMeasuredOnClips() throws {
    _ = try open()
    var configuration = RunConfiguration()
    (configuration.data, configuration.dataRoot, configuration.scene) = ("clips", url.path, .folder)
    configuration.maxStep = 8
    #expect(try configuration.openClips().clipCount(.training) == 2)
    #expect(try configuration.openClips(maxStep: 1).clipCount(.training) == 6)
  }
}

import Foundation
import TestSupport
import Testing

@testable import DRNetGPU
@testable import TensorEngine

@Suite struct CheckpointsTests {
  let folder: ScratchFolder
  let run: RunFolder

  init() throws {
    folder = try ScratchFolder()
    run = try RunFolder.create(at: folder["run"], RunConfiguration(), force: false)
  }

  private func file(_ value: Float) -> SafetensorsFile {
    var file = SafetensorsFile()
    file["w"] = HostTensor([4], repeating: value)
    return file
  }

  private var names: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: run.checkpoints.path).sorted()) ?? []
  }

  @Test func theLastOnesAreKeptAndTheNewestIsFound() throws {
    let checkpoints = Checkpoints(in: run, .model, keep: 2)
    #expect(try checkpoints.newest()?.step == nil)
    for step in [5, 100, 99_999_999, 100_000_000] { try checkpoints.save(file(Float(step)).content, step: step) }
    #expect(names == ["step-100000000.safetensors", "step-99999999.safetensors"])
    #expect(try checkpoints.list().map(\.step) == [99_999_999, 100_000_000])
    let found = try #require(try checkpoints.newest())
    #expect(found.step == 100_000_000)
    #expect(try found.file.tensor("w", [4]) == HostTensor([4], repeating: 1e8))
    #expect(found.skipped.isEmpty)
  }

  @Test func theTwoModelsDoNotTouchEachOther() throws {
    let model = Checkpoints(in: run, .model, keep: 1)
    let pose = Checkpoints(in: run, .pose, keep: 1)
    for step in 1...3 {
      try model.save(file(1).content, step: step)
      try pose.save(file(2).content, step: 10 * step)
    }
    #expect(names == ["pose-00000030.safetensors", "step-00000003.safetensors"])
    #expect(try model.newest()?.step == 3)
    #expect(try pose.newest()?.file["w"]?.values[0] == 2)
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func oneThatIsNotFiniteIsNotWritten(_ value: Float) throws {
    let checkpoints = Checkpoints(in: run, .model, keep: 1)
    try checkpoints.save(file(1).content, step: 1)
    var broken = file(2)
    broken["v"] = HostTensor([3], [0, value, 0])
    let checked = broken.content.requiringFinite { TrainingError.notFinite(place: "'\($0)'", step: 2) }
    let error = message { try checkpoints.save(checked, step: 2) }
    #expect(error.hasPrefix("training stopped: 'v' is not finite at step 2;"))
    #expect(names == ["step-00000001.safetensors"])
  }

  @Test func aTornOneIsSkippedAndNamed() throws {
    let checkpoints = Checkpoints(in: run, .model, keep: 3)
    for step in 1...3 { try checkpoints.save(file(Float(step)).content, step: step) }
    let torn = checkpoints.url(step: 3)
    try Data(contentsOf: torn).dropLast(5).write(to: torn)
    try Data("foreign".utf8).write(to: checkpoints.url(step: 4))
    let found = try #require(try checkpoints.newest())
    #expect(found.step == 2)
    #expect(found.skipped.count == 2)
    #expect(found.skipped[0].hasPrefix("\(checkpoints.url(step: 4).path): this is not a safetensors file"))
    #expect(found.skipped[1].hasPrefix("\(torn.path): the data of tensor 'w' end at"))
    // The torn ones do not push the good ones out.
    try Checkpoints(in: run, .model, keep: 1).save(file(2.5).content, step: 2)
    #expect(try checkpoints.newest()?.step == 2)
  }

  @Test func oneThatTheCallerRefusesIsSkipped() throws {
    let checkpoints = Checkpoints(in: run, .model, keep: 3)
    try checkpoints.save(file(1).content, step: 1)
    try file(.nan).content.write(to: checkpoints.url(step: 2))
    let found = try #require(try checkpoints.newest { try $0.requireFinite() })
    #expect(found.step == 1)
    #expect(found.skipped.count == 1)
  }

  /// The newest checkpoint may be whole, so that an older one must not take its place.
  @Test func anErrorOfTheSystemIsNoDamage() throws {
    let checkpoints = Checkpoints(in: run, .model, keep: 3)
    try checkpoints.save(file(1).content, step: 1)
    // Reading it gives EISDIR.
    try FileManager.default.createDirectory(at: checkpoints.url(step: 2), withIntermediateDirectories: false)
    #expect(
      message { _ = try checkpoints.newest() }
        == "\(checkpoints.url(step: 2).path): cannot read: this is a folder, not a file; check the path")
  }

  @Test func aMissingFolderIsCreatedAndALinkRefused() throws {
    let checkpoints = Checkpoints(in: run, .model, keep: 1)
    try FileManager.default.removeItem(at: run.checkpoints)
    try checkpoints.save(file(1).content, step: 1)
    #expect(names == ["step-00000001.safetensors"])
    try FileManager.default.moveItem(at: run.checkpoints, to: folder["elsewhere"])
    try FileManager.default.createSymbolicLink(at: run.checkpoints, withDestinationURL: folder["elsewhere"])
    #expect(
      message { try checkpoints.save(file(2).content, step: 2) }
        == "\(run.checkpoints.path): this is a link, which could lead anywhere; replace it by a folder")
    #expect(names == ["step-00000001.safetensors"])
  }

  @Test func noneUsableIsAnError() throws {
    let checkpoints = Checkpoints(in: run, .model, keep: 3)
    try Data().write(to: checkpoints.url(step: 1))
    let error = message { _ = try checkpoints.newest() }
    #expect(error.contains("none of 1 checkpoints is usable; the newest: "))
  }

  @Test func otherNamesAreNotCheckpoints() throws {
    for name in ["step-.safetensors", "step-1.txt", "step-x1.safetensors", "best.safetensors", "step--1.safetensors"] {
      try Data().write(to: run.checkpoints.appending(path: name))
    }
    #expect(try Checkpoints(in: run, .model, keep: 1).list().isEmpty)
  }

  @Test func aFullDiskLeavesTheOldOnesWhole() throws {
    guard let disk = try SmallDisk(on: run.checkpoints, of: folder, kilobytes: 64) else { return }
    let checkpoints = Checkpoints(in: run, .model, keep: 1)
    try checkpoints.save(file(1).content, step: 1)
    try disk.fill()
    #expect(message { try checkpoints.save(file(2).content, step: 2) }.contains("no space left"))
    #expect(names == ["filler", "step-00000001.safetensors"])
    #expect(try checkpoints.newest()?.step == 1)
  }

  @Test func whatAKilledProcessLeftIsRemoved() throws {
    let left = run.checkpoints.appending(path: ".step-00000001.safetensors.4242.temporary")
    try Data("half".utf8).write(to: left)
    try Checkpoints(in: run, .model, keep: 1).save(file(1).content, step: 2)
    #expect(names == ["step-00000002.safetensors"])
  }
}

import DRNetGPU
import Foundation
import TensorEngine
import Testing

/// Faults of a safetensors file.
enum WeightFault: String, CaseIterable, Sendable {
  case headerLength, overlap, truncated, foreign, unknownType, integers, missingTensor, notANumber

  /// A checkpoint with this fault.
  func applied(to checkpoint: Data) throws -> Data {
    // Under another name the checksums are none: the faults are those of other programs.
    let whole = try replacing("\"checksums\"", "checksums", "otherwise", in: checkpoint)
    switch self {
    case .headerLength: return Data([0, 0, 0, 0, 0, 0, 0, 0x80]) + whole.dropFirst(8)
    case .overlap:
      let header =
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
        + #""b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#
      return Data([UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0]) + Data(header.utf8) + Data(count: 12)
    case .truncated: return whole.dropLast(1000)
    case .foreign: return Data("just some text, and not short".utf8)
    case .unknownType: return try replacing(#"netEP.main.4.weight":{"dtype":"F32"#, "F32", "Q32", in: whole)
    case .integers: return try replacing(#"netEP.main.4.weight":{"dtype":"F32"#, "F32", "I32", in: whole)
    case .missingTensor: return try replacing("\"netEP.main.4.weight", "netEP", "other", in: whole)
    case .notANumber: return whole.dropLast(4) + Data([0, 0, 0xC0, 0x7F])
    }
  }

  /// What the error must contain.
  var says: String {
    switch self {
    case .headerLength: "9223372036854775808 bytes"
    case .overlap: "overlap"
    case .truncated: "cut short"
    case .foreign: "not a safetensors file"
    case .unknownType: "dtype 'Q32'"
    case .integers: "holds integers"
    case .missingTensor: "'netEP.main.4.weight' is missing"
    case .notANumber: "nan"
    }
  }

  private func replacing(_ place: String, _ old: String, _ new: String, in data: Data) throws -> Data {
    var data = data
    let range = try #require(data.range(of: Data(place.utf8)))
    data.replaceSubrange(range, with: Data(place.replacing(old, with: new).utf8))
    return data
  }
}

@Suite struct WeightFaultTests {
  /// A damaged checkpoint as `bad.safetensors`, and a folder with a frame.
  private func workspace(_ fault: WeightFault) throws -> Workspace {
    let workspace = try Workspace()
    let whole = try Data(contentsOf: TinyRun.finished.get().workspace[TinyRun.checkpoint(20)])
    try fault.applied(to: whole).write(to: workspace["bad.safetensors"])
    try whole.write(to: workspace["good.safetensors"])
    try FileManager.default.createDirectory(at: workspace["frames"], withIntermediateDirectories: true)
    try PNGImage(width: 2, height: 2, channels: 1, pixels: [1, 2, 3, 4]).write(to: workspace["frames/0.png"])
    return workspace
  }

  @Test(arguments: WeightFault.allCases) func weightsThatCannotBeUsedAreOneLine(_ fault: WeightFault) throws {
    // The last tensor is a moment of Adam, which encoding does not read.
    guard fault != .notANumber else { return }
    let workspace = try workspace(fault)
    let says = ["bad.safetensors", fault.says]
    try workspace.expectFailure(
      ["encode", "--weights", "bad.safetensors", "--frames", "frames", "--out", "out.safetensors"] + TinyRun.cpu,
      says: says)
    try workspace.succeed(
      ["encode", "--weights", "good.safetensors", "--frames", "frames", "--out", "features.safetensors"] + TinyRun.cpu)
    try workspace.expectFailure(
      ["decode", "--weights", "bad.safetensors", "--features", "features.safetensors", "--out", "out"] + TinyRun.cpu,
      says: says)
  }

  @Test func weightsThatAreNotFiniteAreOneLine() throws {
    let workspace = try workspace(.foreign)
    var file = try SafetensorsFile.read(workspace["good.safetensors"])
    file["netEC.main.0.main.0.weight"]!.values[5] = .nan
    try file.write(to: workspace["bad.safetensors"])
    try workspace.expectFailure(
      ["encode", "--weights", "bad.safetensors", "--frames", "frames", "--out", "out.safetensors"] + TinyRun.cpu,
      says: ["bad.safetensors", "netEC.main.0.main.0.weight", "NaN"])
  }

  @Test func varianceBelowZeroIsOneLine() throws {
    let workspace = try workspace(.foreign)
    var file = try SafetensorsFile.read(workspace["good.safetensors"])
    let name = try #require(file.names.first { $0.hasPrefix("netEC.") && $0.hasSuffix(".running_var") })
    file[name]!.values[0] = -1
    try file.write(to: workspace["bad.safetensors"])
    try workspace.expectFailure(
      ["encode", "--weights", "bad.safetensors", "--frames", "frames", "--out", "out.safetensors"] + TinyRun.cpu,
      says: ["bad.safetensors", name, "-1.0"])
  }

  /// Finite weights whose products overflow.
  @Test func resultsThatAreNotFiniteAreNotWritten() throws {
    let workspace = try workspace(.foreign)
    var file = try SafetensorsFile.read(workspace["good.safetensors"])
    for name in file.names where name.hasPrefix("netEC.") && name.hasSuffix(".weight") {
      file[name]!.values = file[name]!.values.map { $0 < 0 ? -3e38 : 3e38 }
    }
    try file.write(to: workspace["bad.safetensors"])
    try workspace.expectFailure(
      ["encode", "--weights", "bad.safetensors", "--frames", "frames", "--out", "out.safetensors"] + TinyRun.cpu,
      says: ["content", "NaN or infinity"])
    #expect(!FileManager.default.fileExists(atPath: workspace["out.safetensors"].path))
  }

  /// Features that a model of TinyRun's sizes cannot decode.
  @Test(arguments: ["foreign", "missing", "shape", "nan", "rows", "none"])
  func featuresThatCannotBeDecodedAreOneLine(_ fault: String) throws {
    let workspace = try workspace(.foreign)
    var file = SafetensorsFile()
    if fault != "missing" { file["content"] = HostTensor([2, 8]) }
    file["pose"] = HostTensor(fault == "shape" ? [2, 4] : fault == "rows" ? [3, 3] : [2, 3])
    if fault == "nan" { file["content"]!.values[0] = .infinity }
    if fault == "none" { (file["content"], file["pose"]) = (HostTensor([0, 8]), HostTensor([0, 3])) }
    let url = workspace["features.safetensors"]
    if fault == "foreign" { try Data("text".utf8).write(to: url) } else { try file.write(to: url) }
    try workspace.expectFailure(
      ["decode", "--weights", "good.safetensors", "--features", "features.safetensors", "--out", "out"] + TinyRun.cpu,
      says: ["features.safetensors"])
  }

  @Test func filesThatAreNotThereAreOneLine() throws {
    let workspace = try workspace(.foreign)
    try workspace.expectFailure(
      ["encode", "--weights", "gone", "--frames", "frames", "--out", "out"] + TinyRun.cpu,
      says: ["gone", "no such file"])
    try workspace.expectFailure(
      ["encode", "--weights", "good.safetensors", "--frames", "gone", "--out", "out"] + TinyRun.cpu, says: ["gone"])
    try workspace.expectFailure(
      ["decode", "--weights", "good.safetensors", "--features", "gone", "--out", "out"] + TinyRun.cpu, says: ["gone"])
    try workspace.expectFailure(
      ["decode", "--weights", "good.safetensors", "--features", "gone", "--out", "frames"] + TinyRun.cpu,
      says: ["frames", "--force"])
  }

  @Test(arguments: WeightFault.allCases) func aRunWithOnlyADamagedCheckpointIsNotResumed(_ fault: WeightFault) throws {
    let workspace = try TinyRun.copy()
    for step in [10, 15] { try FileManager.default.removeItem(at: workspace[TinyRun.checkpoint(step)]) }
    let url = workspace[TinyRun.checkpoint(20)]
    try fault.applied(to: Data(contentsOf: url)).write(to: url)
    try workspace.expectFailure(
      ["train", "--resume", "run", "--steps", "25"] + TinyRun.cpu, says: ["step-00000020.safetensors", fault.says])
  }

  @Test(arguments: WeightFault.allCases.filter { ![.missingTensor, .integers].contains($0) })
  func aDamagedCheckpointIsSkipped(_ fault: WeightFault) throws {
    let workspace = try TinyRun.copy()
    let rows = try TinyRun.rows(workspace["run/metrics.jsonl"])
    let url = workspace[TinyRun.checkpoint(20)]
    let whole = try Data(contentsOf: url)
    try fault.applied(to: whole).write(to: url)
    let outcome = try workspace.run(["train", "--resume", "run"] + TinyRun.cpu)
    #expect(outcome.status == 0)
    #expect(outcome.messages.contains { $0.contains("skipped: ") && $0.contains(fault.says) })
    #expect(outcome.messages.contains("drnet: resuming from step 15"))
    #expect(try TinyRun.rows(workspace["run/metrics.jsonl"]) == rows)
    #expect(try Data(contentsOf: url) == whole)
  }
}

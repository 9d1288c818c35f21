import Foundation
import TestSupport
import Testing

@testable import DRNetGPU
@testable import TensorEngine

/// Both directions against Python's `safetensors`: Tests/Fixtures/Safetensors/make_fixtures.py made one file and checks
/// the other.
@Suite struct SafetensorsTests {
  static let fixtures = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/Safetensors")
  let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  @Test func readsEveryTypeThatPythonWrote() throws {
    let file = try SafetensorsFile.read(Self.fixtures.appending(path: "every_type.safetensors"))
    let values: [Float] = [0.5, -1.25, 3, 0.1, 65504, -0x1p-14]
    #expect(try file.tensor("f64", [2, 3]).values == values)
    #expect(try file.tensor("f32", [2, 3]).values == values)
    #expect(try file.tensor("f16", [2, 3]).values == values.map { Float(Float16($0)) })
    // 0.1 and 65504 to 8 significant bits, ties to even.
    #expect(try file.tensor("bf16", [2, 3]).values == [0.5, -1.25, 3, 0.10009765625, 65536, -0x1p-14])
    #expect(try file.tensor("scalar", []).values == [0.25])
    #expect(try file.tensor("empty", [0, 4]).values == [])
    #expect(try file.tensor("näme \"quoted\"\\\n", [1]).values == [1])
    #expect(try file.integer("netEC.main.0.main.1.num_batches_tracked") == 123_456_789_012)
    for name in ["i32", "i16", "i8"] { #expect(file.integers[name] == .init([2], [-7, 8])) }
    #expect(file.integers["u8"] == .init([2], [0, 255]))
    #expect(file.integers["bool"] == .init([2], [1, 0]))
    #expect(file.metadata == ["format": "pt", "ключ": "a \"value\"\n"])
  }

  /// `make_fixtures.py --check` read this very file and found in it what is written here.
  @Test func writesTheBytesThatPythonRead() throws {
    var file = SafetensorsFile(metadata: ["note": "a \"quoted\"\nline", "kind": "model"])
    file["netEC.weight"] = HostTensor(
      [2, 3], [0.1, -0.2, 0.3, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -0.0])
    file["netD.bias"] = HostTensor([1], [1.5])
    file["empty"] = HostTensor([0, 3])
    file.integers["step"] = .init(1234)
    file.integers["counts"] = .init([2], [-1, 1 << 62])
    try file.write(to: folder["written_by_swift.safetensors"])
    let written = try Data(contentsOf: folder["written_by_swift.safetensors"])
    #expect(try written == Data(contentsOf: Self.fixtures.appending(path: "written_by_swift.safetensors")))
    #expect(folder.names == ["written_by_swift.safetensors"])

    let back = try SafetensorsFile.read(folder["written_by_swift.safetensors"])
    #expect(back.names == ["netEC.weight", "netD.bias", "empty"])
    for name in file.names { #expect(back[name] == file[name]) }
    #expect(try back.tensor("netEC.weight").values[5].sign == .minus)
    #expect(back.integers == file.integers)
    #expect(back.metadata == file.metadata)
  }

  /// What a checkpoint meets where the device fails while it is written.
  @Test func aTensorThatCannotBeFetchedLeavesTheOldFile() throws {
    var file = SafetensorsFile()
    file["old"] = HostTensor([1], [1])
    try file.write(to: folder["a"])
    var content = file.content
    content.entries.append(
      SafetensorsContent.Entry(name: "new", shape: [1]) { throw DeviceError.unknownMemoryMode("gone") })
    #expect(throws: DeviceError.self) { try content.write(to: folder["a"]) }
    #expect(try SafetensorsFile.read(folder["a"]).names == ["old"])
    #expect(folder.names == ["a"])
  }

  @Test func nothingAtAllReadsBack() throws {
    try SafetensorsFile().write(to: folder["a"])
    #expect(try SafetensorsFile.read(folder["a"]).names == [])
  }

  @Test func namesKeepTheOrderOfInsertion() {
    var file = SafetensorsFile()
    for name in ["c", "a", "b", "a"] { file[name] = HostTensor([1]) }
    file["c"] = nil
    #expect(file.names == ["a", "b"])
  }

  @Test func whatIsMissingOrOfTheWrongShapeIsTold() throws {
    var file = SafetensorsFile()
    for index in 1...6 { file["w\(index)"] = HostTensor([2, index]) }
    file.integers["n"] = .init(1)
    file.integers["m"] = .init([2], [1, 2])
    try file.write(to: folder["a"])
    file = try SafetensorsFile.read(folder["a"])
    let path = folder["a"].path
    #expect(
      message { _ = try file.tensor("v") }
        == "\(path): tensor 'v' is missing; this file holds 'w1', 'w2', 'w3', 'w4' and 2 more")
    #expect(
      message { _ = try file.tensor("w3", [3, 2]) } == "\(path): tensor 'w3' has shape (2, 3); expected (3, 2)")
    #expect(message { _ = try file.tensor("n") } == "\(path): tensor 'n' holds integers; expected floats")
    #expect(message { _ = try file.integer("m") } == "\(path): 'm' has shape (2); expected one number")
    #expect(message { _ = try file.integer("w1") }.contains("the number 'w1' is missing"))
    #expect(
      message { try file.requireNothing(but: ["w1", "w2", "w3", "w4"]) }
        == "\(path): 'w5', 'w6' not expected here; these weights belong to another network")
    #expect(message { try file.requireNothing(but: ["w1"], prefixes: ["netEC."]) } == "")
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func weightsThatAreNotNumbersAreTold(_ value: Float) throws {
    var file = SafetensorsFile()
    file["fine"] = HostTensor([2])
    #expect(message { try file.requireFinite() } == "")
    file["broken"] = HostTensor([2, 2], [0, 1, value, 2])
    #expect(message { try file.requireFinite() }.contains("tensor 'broken' holds \(value) at element 2;"))
  }

  /// Harmless is a bit that makes another word of "checksums", or a capital of a digit.
  @Test func everyChangedBitIsSeenOrHarmless() throws {
    var file = SafetensorsFile(metadata: ["kind": "model"])
    file["a.weight"] = HostTensor([2, 3], [1, 2, 3, 4, 5, 6])
    file["b"] = HostTensor([6], [0, -1, 1e30, 1e-30, 0.5, 7])
    file.integers["step"] = .init(12)
    try file.write(to: folder["whole"])
    let whole = try Data(contentsOf: folder["whole"])
    let source = folder["changed"]
    for bit in 0..<8 * whole.count {
      var changed = whole
      changed[bit / 8] ^= 1 << (bit % 8)
      guard let read = try? SafetensorsFile.decode(changed, from: source) else { continue }
      #expect(read.names == file.names && read.integers == file.integers, "bit \(bit)")
      for name in file.names { #expect(read[name] == file[name], "bit \(bit)") }
      #expect(read.metadata["kind"] == "model" && read.metadata.count <= 2, "bit \(bit)")
    }
  }

  @Test func aDamagedTensorIsNamed() throws {
    var file = SafetensorsFile()
    file["fine"] = HostTensor([2], [1, 2])
    file["broken"] = HostTensor([2], [3, 4])
    try file.write(to: folder["a"])
    var bytes = try Data(contentsOf: folder["a"])
    bytes[bytes.count - 1] ^= 1
    try bytes.write(to: folder["a"])
    #expect(
      message { _ = try SafetensorsFile.read(folder["a"]) }.hasPrefix(
        "\(folder["a"].path): damaged: tensor 'broken' does not fit its checksum; copy the file again"))
  }

  @Test func aFullDiskLeavesTheOldFileWhole() throws {
    var file = SafetensorsFile()
    file["w"] = HostTensor([3], [1, 2, 3])
    guard let disk = try SmallDisk(on: folder["disk"], of: folder, kilobytes: 64) else { return }
    let url = folder["disk/a"]
    try file.write(to: url)
    let old = try Data(contentsOf: url)
    file["w"] = HostTensor([3], [4, 5, 6])
    try disk.fill()
    #expect(message { try file.write(to: url) }.contains("no space left"))
    #expect(try Data(contentsOf: url) == old)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder["disk"].path).sorted() == ["a", "filler"])
  }
}

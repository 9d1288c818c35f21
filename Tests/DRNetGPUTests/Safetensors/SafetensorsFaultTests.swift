import Foundation
import TestSupport
import Testing

@testable import DRNetGPU
@testable import TensorEngine

/// Damaged, hostile and foreign files: each ends in one line that names the file and the fault.
@Suite struct SafetensorsFaultTests {
  let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  /// The message of reading a file of this header and so many bytes of data.
  private func fault(_ header: String, data: Int = 0, length: UInt64? = nil) throws -> String {
    var file = withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) { Data($0) }
    file += Data(header.utf8)
    file += Data(count: data)
    try file.write(to: folder["a"])
    return try fault(at: folder["a"])
  }

  private func fault(at url: URL) throws -> String {
    let error = message { _ = try SafetensorsFile.read(url) }
    let prefix = "\(url.path): "
    try #require(error.hasPrefix(prefix))
    #expect(!error.contains("\n"))
    return String(error.dropFirst(prefix.count))
  }

  private let foreign = "this is not a safetensors file, or a damaged one: "

  @Test(arguments: [
    ("w", "F32", "[2]", "[0,8]", ""),
    ("w", "F32", "[2,3]", "[0,8]", "tensor 'w' has 8 bytes; shape (2, 3) of F32 needs 24"),
    ("w", "F64", "[2]", "[0,8]", "tensor 'w' has 8 bytes; shape (2) of F64 needs 16"),
    ("w", "F32", "[-2]", "[0,8]", "the shape of tensor 'w' has an extent that is no whole number from 0 up"),
    ("w", "F32", "[2.0]", "[0,8]", "the shape of tensor 'w' has an extent that is no whole number from 0 up"),
    ("w", "F32", "[\"2\"]", "[0,8]", "the shape of tensor 'w' has an extent that is no whole number from 0 up"),
    (
      "w", "F32", "[18446744073709551616]", "[0,8]",
      "the shape of tensor 'w' has an extent that is no whole number from 0 up"
    ),
    (
      "w", "F32", "[4611686018427387905,4]", "[0,8]",
      "tensor 'w' of shape (4611686018427387905, 4) is too large to address"
    ),
    (
      "w", "F32", "[4294967296,4294967296,0]", "[0,0]",
      "tensor 'w' of shape (4294967296, 4294967296, 0) is too large to address"
    ),
    ("w", "F32", "[2]", "[8,0]", "the data_offsets of tensor 'w' are not two ascending whole numbers from 0 up"),
    ("w", "F32", "[2]", "[-8,0]", "the data_offsets of tensor 'w' are not two ascending whole numbers from 0 up"),
    ("w", "F32", "[2]", "[0]", "the data_offsets of tensor 'w' are not two ascending whole numbers from 0 up"),
    ("w", "F32", "[2]", "[0,8,8]", "the data_offsets of tensor 'w' are not two ascending whole numbers from 0 up"),
    ("w", "F32", "[2]", "[0,1e1]", "the data_offsets of tensor 'w' are not two ascending whole numbers from 0 up"),
    ("w", "F32", "[1]", "[0,4]", "4 unused bytes after the last tensor; save the file again"),
    ("w", "F32", "[1]", "[4,8]", "4 unused bytes before the data of tensor 'w'; save the file again"),
    (
      "w", "F32", "[4]", "[0,16]",
      "the data of tensor 'w' end at byte 16 of 8; the file was cut short, so copy it again"
    ),
    (
      "w", "C64", "[1]", "[0,8]",
      "tensor 'w' has dtype 'C64'; readable are F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL; "
        + "convert it to F32"
    ),
  ])
  func oneTensor(_ name: String, _ type: String, _ shape: String, _ offsets: String, _ expected: String) throws {
    let header = #"{"\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}}"#
    if expected.isEmpty {
      var file = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
      file += Data(header.utf8) + Data(count: 8)
      try file.write(to: folder["a"])
      #expect(try SafetensorsFile.read(folder["a"]).tensor("w", [2]).values == [0, 0])
    } else {
      #expect(try fault(header, data: 8) == expected)
    }
  }

  @Test func twoTensors() throws {
    func header(_ first: String, _ second: String, secondName: String = "b") -> String {
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[\#(first)]},"#
        + #""\#(secondName)":{"dtype":"F32","shape":[2],"data_offsets":[\#(second)]}}"#
    }
    #expect(
      try fault(header("0,8", "4,12"), data: 12)
        == "the data of tensor 'b' overlap those of another tensor; save the file again")
    #expect(
      try fault(header("0,8", "0,8"), data: 8)
        == "the data of tensor 'b' overlap those of another tensor; save the file again")
    #expect(
      try fault(header("0,8", "12,20"), data: 20) == "4 unused bytes before the data of tensor 'b'; save the file again"
    )
    #expect(
      try fault(header("0,8", "8,16", secondName: "a"), data: 16)
        == "'a' stands in the header twice; save the file again")
  }

  @Test func theHeaderItself() throws {
    #expect(
      try fault("{}", length: 1 << 63)
        == foreign + "a header of 9223372036854775808 bytes; at most 100000000 are allowed")
    #expect(
      try fault("{}", length: 100_000_001) == foreign + "a header of 100000001 bytes; at most 100000000 are allowed")
    #expect(try fault("{}", length: 3) == foreign + "a header of 3 bytes in a file of 10")
    #expect(try fault("{\"w\":") == foreign + "its header is not JSON (expected a value at byte 5)")
    #expect(try fault("[]") == foreign + "its header is not a JSON object")
    #expect(try fault("") == foreign + "its header is not JSON (expected a value at byte 0)")
    #expect(try fault(#"{"w":1}"#) == foreign + "tensor 'w' lacks dtype, shape or data_offsets")
    #expect(try fault(#"{"__metadata__":1}"#) == foreign + "__metadata__ is not a JSON object")
    #expect(try fault(#"{"__metadata__":{"a":1}}"#) == foreign + "__metadata__ 'a' is not a string")
    #expect(
      try fault(#"{"__metadata__":{"a":"","a":""}}"#)
        == "__metadata__ 'a' stands in the header twice; save the file again")
  }

  @Test func whatIsNoFileAtAll() throws {
    #expect(try fault(at: folder["none"]) == "cannot read: there is no such file or folder; check the path")
    #expect(try fault(at: folder.url) == "cannot read: this is a folder, not a file; check the path")
    #expect(try fault(at: URL(fileURLWithPath: "/dev/zero")) == "a pipe or a device, expected a file")
    let text = try folder.write("short", to: "text")
    #expect(try fault(at: text) == foreign + "5 bytes; the shortest file has 8")
  }

  /// Of PyTorch 1.6 and later, and of pickles before.
  @Test(arguments: ["PK\u{3}\u{4}\0\0\u{8}\u{8}", "\u{80}\u{2}\u{8A}\n\u{6C}\u{FC}\u{9C}\u{46}"])
  func aFileOfPyTorchIsToldHowToConvert(_ start: String) throws {
    let url = folder["model.pth"]
    try Data(start.unicodeScalars.map { UInt8($0.value) } + [UInt8](repeating: 1, count: 100)).write(to: url)
    let told = try fault(at: url)
    #expect(told.hasPrefix("this is a file of PyTorch, expected safetensors; convert it in the folder of the code"))
    #expect(told.contains("torch.load('model.pth'") && told.contains("'model.safetensors'") && told.hasSuffix("\""))
  }

  @Test func aNumberBeyondInt64() throws {
    var file = Data()
    let header = #"{"n":{"dtype":"U64","shape":[],"data_offsets":[0,8]}}"#
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { file += Data($0) }
    file += Data(header.utf8) + Data(repeating: 0xFF, count: 8)
    try file.write(to: folder["a"])
    #expect(try fault(at: folder["a"]) == "'n' holds a number beyond 2^63; expected less")
  }

  /// A file that was cut anywhere is refused.
  @Test func aFileCutShortAnywhere() throws {
    var file = SafetensorsFile(metadata: ["a": "b"])
    file["w"] = HostTensor([3], [1, 2, 3])
    file.integers["step"] = .init(7)
    try file.write(to: folder["whole"])
    let whole = try Data(contentsOf: folder["whole"])
    for length in 0..<whole.count {
      try whole.prefix(length).write(to: folder["cut"])
      _ = try fault(at: folder["cut"])
    }
  }

  /// No single changed byte of the header makes reading trap or run out of bounds.
  @Test func anyByteOfTheHeaderChanged() throws {
    var file = SafetensorsFile(metadata: ["a": "b"])
    file["w"] = HostTensor([3], [1, 2, 3])
    file["v"] = HostTensor([2, 2])
    try file.write(to: folder["whole"])
    let whole = try Data(contentsOf: folder["whole"])
    for position in 0..<whole.count - 28 {
      for byte: UInt8 in [0x00, 0x22, 0x30, 0x39, 0x2D, 0x7B, 0x7F, 0xFF] {
        var changed = whole
        changed[position] = byte
        let error = message { _ = try SafetensorsFile.decode(changed, from: folder["changed"]) }
        #expect(!error.contains("\n"))
      }
    }
  }
}

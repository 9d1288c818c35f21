import Foundation
import TestSupport
import Testing

@testable import Files

@Suite struct AtomicFileTests {
  let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  @Test func replacesAFileAndLeavesNothingElse() throws {
    try AtomicFile.write(Data("old".utf8), to: folder["a"])
    try AtomicFile.write(Data("new and longer".utf8), to: folder["a"])
    #expect(try String(contentsOf: folder["a"], encoding: .utf8) == "new and longer")
    #expect(folder.names == ["a"])
  }

  @Test func piecesAreJoined() throws {
    try AtomicFile.write(to: folder["a"]) { output in
      for piece in ["one ", "", "two"] { try output.append(Data(piece.utf8)) }
    }
    #expect(try String(contentsOf: folder["a"], encoding: .utf8) == "one two")
  }

  @Test func aFullDiskLeavesTheOldFileWhole() throws {
    guard let disk = try SmallDisk(on: folder["disk"], of: folder, kilobytes: 64) else { return }
    let file = folder["disk/a"]
    try AtomicFile.write(Data("old".utf8), to: file)
    try disk.fill()
    let error = message { try AtomicFile.write(Data("new".utf8), to: file) }
    #expect(error.hasPrefix("\(file.path): cannot write: no space left"))
    #expect(!error.contains("\n"))
    #expect(try String(contentsOf: file, encoding: .utf8) == "old")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder["disk"].path).sorted() == ["a", "filler"])
  }

  @Test(arguments: [0o600, 0o640, 0o444, 0o755])
  func permissionsAreKept(_ mode: Int) throws {
    try AtomicFile.write(Data("old".utf8), to: folder["a"])
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder["a"].path)
    try AtomicFile.write(Data("new".utf8), to: folder["a"])
    #expect(
      try FileManager.default.attributesOfItem(atPath: folder["a"].path)[.posixPermissions] as? Int == mode)
  }

  @Test func aLinkIsReplacedAndItsTargetStays() throws {
    let target = try folder.write("a stranger's", to: "target")
    try FileManager.default.createSymbolicLink(at: folder["a"], withDestinationURL: target)
    try AtomicFile.write(Data("new".utf8), to: folder["a"])
    #expect(try String(contentsOf: target, encoding: .utf8) == "a stranger's")
    #expect(try String(contentsOf: folder["a"], encoding: .utf8) == "new")
    #expect(
      try FileManager.default.attributesOfItem(atPath: folder["a"].path)[.type] as? FileAttributeType == .typeRegular)
  }

  /// A file in the place of /dev/null would fill the disk.
  @Test func aDeviceOrAPipeIsNotReplaced() throws {
    mkfifo(folder["a"].path, 0o600)
    #expect(
      message { try AtomicFile.write(Data("new".utf8), to: folder["a"]) }
        .hasSuffix("a: a pipe or a device, expected a file"))
    #expect(folder.names == ["a"])
  }

  @Test func temporaryNamesCannotBeForeseen() throws {
    var names: Set<String> = []
    for _ in 0..<20 {
      try AtomicFile.write(to: folder["a"]) { names.insert($0.temporary.lastPathComponent) }
    }
    #expect(names.count == 20)
    #expect(names.allSatisfy { Temporary.isName($0, for: "a.") })
  }

  /// A lock ends with its process, so a temporary file without one was left by a killed process.
  @Test func whatAKilledProcessLeftIsRemovedAndTheFileOfAnotherStays() throws {
    _ = try folder.write("half", to: ".a.1k2j3h.temporary")
    _ = try folder.write("half of a file with a similar name", to: ".ab.1k2j3h.temporary")
    let other = try Temporary.file(for: folder["a"], permissions: 0o600)
    defer { other.close() }
    #expect(folder.names == [".ab.1k2j3h.temporary", other.url.lastPathComponent].sorted())
    try AtomicFile.write(Data("new".utf8), to: folder["a"])
    #expect(folder.names == [".ab.1k2j3h.temporary", other.url.lastPathComponent, "a"].sorted())
  }

  @Test func anErrorOfTheWriterLeavesTheOldFileWhole() throws {
    try AtomicFile.write(Data("old".utf8), to: folder["a"])
    let error = message {
      try AtomicFile.write(to: folder["a"]) { output in
        try output.append(Data("half".utf8))
        throw FileError(folder["b"], "broken")
      }
    }
    #expect(error.hasSuffix("b: broken"))
    #expect(try String(contentsOf: folder["a"], encoding: .utf8) == "old")
    #expect(folder.names == ["a"])
  }

  /// No user may create files in /sys, not even root.
  @Test func aFolderThatRefusesFilesIsNamed() throws {
    let error = message { try AtomicFile.write(Data("x".utf8), to: URL(fileURLWithPath: "/sys/file")) }
    #expect(error.hasPrefix("/sys/file: cannot write: "))
    #expect(error.contains("permission denied") || error.contains("read-only"))
  }

  @Test func aMissingFolderIsNamed() throws {
    let error = message { try AtomicFile.write(Data("x".utf8), to: folder["no/file"]) }
    #expect(error.hasSuffix("no/file: cannot write: there is no such file or folder; check the path"))
  }

  @Test func aFolderInThePlaceOfTheFileStays() throws {
    try FileManager.default.createDirectory(at: folder["a"], withIntermediateDirectories: false)
    let error = message { try AtomicFile.write(Data("x".utf8), to: folder["a"]) }
    #expect(error.contains("this is a folder"))
    #expect(folder.names == ["a"])
  }
}

import Files
import Foundation

/// Compiled programs on disk. A file holds one program and the whole key that it was compiled for, so that a file that
/// is incomplete, foreign or of another driver is recognised and ignored. If the folder cannot be used, programs are
/// compiled in every run.
///
/// Programs are native code, and a checksum is no signature: files are used only if nobody but their owner, who is this
/// user or root, may write to them and to the folder.
///
/// File: "drnet program 1\n", key length, content length, CRC-32 of key and
/// content (three little-endian 64-bit words), key, content.
struct ProgramFolder: Sendable {
  let path: String

  private static let magic = Array("drnet program 1\n".utf8)
  private static let headerLength = magic.count + 24

  /// `drnet` in the user's cache folder (XDG base directory specification); nil if there is no home folder.
  static var standard: ProgramFolder? {
    if let cache = variable("XDG_CACHE_HOME"), cache.hasPrefix("/") { return ProgramFolder(path: cache + "/drnet") }
    return variable("HOME").map { ProgramFolder(path: $0 + "/.cache/drnet") }
  }

  private static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The content stored for a key; nil if there is none or the file is damaged.
  func load(name: String, key: String, ending: String) -> [UInt8]? {
    let file = file(name, key, ending: ending)
    let key = Array(key.utf8)
    guard isOwn, let bytes = try? DataFile.read(URL(filePath: file), isOwn: true), bytes.count >= Self.headerLength,
      bytes.starts(with: Self.magic)
    else { return nil }
    let words = (0..<3).map { Self.word(bytes, at: Self.magic.count + 8 * $0) }
    let content = bytes[Self.headerLength...]
    guard content.starts(with: key), words[0] == UInt64(key.count), words[1] == UInt64(content.count - key.count),
      words[2] == UInt64(crc32(content))
    else { return nil }
    return Array(content.dropFirst(key.count))
  }

  /// Stores bytes atomically. Failure is ignored.
  func store(name: String, key: String, ending: String, _ stored: [UInt8]) {
    makeFolders()
    let keyBytes = Array(key.utf8)
    let content = keyBytes + stored
    var bytes = Self.magic
    for word in [UInt64(keyBytes.count), UInt64(stored.count), UInt64(crc32(content))] {
      withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
    }
    bytes += content
    try? AtomicFile.write(Data(bytes), to: URL(filePath: file(name, key, ending: ending)), permissions: 0o600)
  }

  /// Creates the folder and its parents, if possible. A folder of this user to which others may write, as some systems
  /// create them, is closed to them.
  func makeFolders() {
    _ = try? AtomicFile.makeFolders(to: URL(filePath: path))
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(),
      status.st_mode & 0o022 != 0
    else { return }
    chmod(path, status.st_mode & 0o7755)
  }

  private var isOwn: Bool {
    var status = stat()
    return stat(path, &status) == 0 && InputFile.isOwn(status)
  }

  /// The file that stores the content of a key.
  func file(_ name: String, _ key: String, ending: String) -> String {
    "\(path)/\(name)-\(Self.digest(key)).\(ending)"
  }

  /// The CRC-32 of a text, in eight hexadecimal digits.
  static func digest(_ text: String) -> String { hexadecimal(crc32(Array(text.utf8))) }

  private static func word(_ bytes: Data, at offset: Int) -> UInt64 {
    bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
  }
}

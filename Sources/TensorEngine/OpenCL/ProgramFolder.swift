import Files
import Glibc

/// Compiled programs on disk. One file holds one program and the whole key that it was compiled for, so that a file that
/// is torn, foreign or of another driver is seen as such and not used. A folder that cannot be used costs compilation
/// and nothing else.
///
/// File: "drnet program 1\n", key length, content length, CRC-32 of key and content (three little-endian 64-bit words),
/// key, content.
struct ProgramFolder: Sendable {
  let path: String

  private static let magic = Array("drnet program 1\n".utf8)
  private static let headerLength = magic.count + 24

  /// `drnet` in the user's cache folder (XDG base directory specification); nil where there is no home.
  static var standard: ProgramFolder? {
    if let cache = variable("XDG_CACHE_HOME"), cache.hasPrefix("/") { return ProgramFolder(path: cache + "/drnet") }
    return variable("HOME").map { ProgramFolder(path: $0 + "/.cache/drnet") }
  }

  private static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// What was stored for a key; nil where there is nothing or the file is not whole.
  func load(name: String, key: String, ending: String) -> [UInt8]? {
    let file = file(name, key, ending: ending)
    let key = Array(key.utf8)
    guard let bytes = Self.read(file), bytes.count >= Self.headerLength, bytes.starts(with: Self.magic)
    else { return nil }
    let words = (0..<3).map { Self.word(bytes, at: Self.magic.count + 8 * $0) }
    let content = bytes[Self.headerLength...]
    guard content.starts(with: key), words[0] == UInt64(key.count), words[1] == UInt64(content.count - key.count),
      words[2] == UInt64(crc32(content))
    else { return nil }
    return Array(content.dropFirst(key.count))
  }

  /// Stores bytes, whole or not at all. Failing to is no error.
  func store(name: String, key: String, ending: String, _ stored: [UInt8]) {
    guard make() else { return }
    let keyBytes = Array(key.utf8)
    let content = keyBytes + stored
    var bytes = Self.magic
    for word in [UInt64(keyBytes.count), UInt64(stored.count), UInt64(crc32(content))] {
      withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
    }
    bytes += content
    let target = file(name, key, ending: ending)
    guard let temporary = Self.write(bytes, besides: target) else { return }
    if rename(temporary, target) != 0 { unlink(temporary) }
  }

  /// Makes the folder and those above it; false where that cannot be.
  @discardableResult
  func make() -> Bool { Self.makeFolder(path) }

  /// The file that keeps what belongs to a key.
  func file(_ name: String, _ key: String, ending: String) -> String {
    "\(path)/\(name)-\(Self.digest(key)).\(ending)"
  }

  /// The CRC-32 of a text, in eight hexadecimal digits.
  static func digest(_ text: String) -> String {
    let digits = String(crc32(Array(text.utf8)), radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  private static func word(_ bytes: [UInt8], at offset: Int) -> UInt64 {
    bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
  }

  private static func read(_ path: String) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var facts = stat()
    guard fstat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
    let size = Int(facts.st_size)
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let got = Glibc.read(file, buffer.baseAddress! + count, size - count)
        if got <= 0 { break }
        count += got
      }
    }
    return bytes.count == size ? bytes : nil
  }

  /// Writes to a new file in the folder of another, down to the disk, and returns its path; nil where that failed.
  private static func write(_ bytes: [UInt8], besides path: String) -> String? {
    var name = Array("\(path).XXXXXX".utf8CString)
    let file = mkstemp(&name)
    guard file >= 0 else { return nil }
    let temporary = name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    var done = 0
    while done < bytes.count {
      let wrote = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + done, bytes.count - done) }
      if wrote <= 0 { break }
      done += wrote
    }
    let isSynced = fsync(file) == 0
    if close(file) == 0, isSynced, done == bytes.count { return temporary }
    unlink(temporary)
    return nil
  }

  private static func makeFolder(_ path: String) -> Bool {
    var facts = stat()
    if stat(path, &facts) == 0 { return facts.st_mode & S_IFMT == S_IFDIR }
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex, makeFolder(String(path[..<slash])) else {
      return false
    }
    return mkdir(path, 0o755) == 0 || errno == EEXIST
  }
}

import Foundation

/// Reads files and folders with the system's own calls, whose errors say in plain words what is wrong.
public enum DataFile {
  /// The bytes of a file, or its first `limit`.
  /// - Throws: `FileError` where it cannot be read.
  public static func read(_ url: URL, upTo limit: Int = .max) throws -> Data {
    try refusePipe(url)
    guard let file = fopen(url.path, "rb") else { throw failure(url) }
    defer { fclose(file) }
    var data = Data()
    var piece = [UInt8](repeating: 0, count: min(limit, 1 << 16))
    while data.count < limit {
      let count = fread(&piece, 1, min(piece.count, limit - data.count), file)
      if ferror(file) != 0 { throw failure(url) }
      if count == 0 { break }
      data.append(contentsOf: piece[0..<count])
    }
    return data
  }

  /// The last `count` bytes of a file, or all of a shorter one.
  package static func read(_ url: URL, last count: Int) throws -> Data {
    try refusePipe(url)
    guard let file = fopen(url.path, "rb") else { throw failure(url) }
    defer { fclose(file) }
    if fseek(file, -count, SEEK_END) != 0 { rewind(file) }
    var bytes = [UInt8](repeating: 0, count: count)
    let got = fread(&bytes, 1, count, file)
    if ferror(file) != 0 { throw failure(url) }
    return Data(bytes.prefix(got))
  }

  /// The names of what is in a folder, in no order.
  package static func names(in folder: URL) throws -> [String] {
    guard let stream = opendir(folder.path) else { throw failure(folder) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let offset = MemoryLayout.offset(of: \dirent.d_name)!
      names.append(String(cString: UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)))
    }
    return names.filter { $0 != "." && $0 != ".." }
  }

  /// Whether a folder is there, and not a file.
  /// - Throws: `FileError` where nothing is there, or it cannot be looked at.
  package static func isFolder(_ url: URL) throws -> Bool { try requireKind(url) == S_IFDIR }

  /// Whether a file is there, and no folder, pipe or device.
  /// - Throws: `FileError` where nothing is there, or it cannot be looked at.
  package static func isFile(_ url: URL) throws -> Bool { try requireKind(url) == S_IFREG }

  /// - Throws: `FileError` where this is a pipe or a device, which opening would wait for.
  package static func refusePipe(_ url: URL) throws {
    guard [S_IFREG, S_IFDIR].contains(try requireKind(url)) else {
      throw FileError(url, "a pipe or a device, expected a file")
    }
  }

  private static func requireKind(_ url: URL) throws -> mode_t {
    guard let kind = Self.kind(url) else { throw failure(url) }
    return kind
  }

  /// What a path leads to, such as `S_IFREG`; nil if to nothing, and `errno` says why.
  static func kind(_ url: URL) -> mode_t? {
    var status = stat()
    return stat(url.path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }

  /// - Throws: `FileError` where the last name, as `names` gives it, was not UTF-8, so that it opens nothing.
  package static func requireUTF8(_ url: URL) throws {
    guard !url.lastPathComponent.unicodeScalars.contains("\u{FFFD}") else {
      throw FileError(url, "a name that is not UTF-8; rename it")
    }
  }

  private static func failure(_ url: URL) -> FileError { FileError(url, errno: errno) }
}

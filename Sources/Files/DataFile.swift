import Foundation

/// Reads files and folders with system calls, whose error codes say exactly what is wrong.
public enum DataFile {
  /// The bytes of a file, or its first `limit`.
  /// - Throws: `FileError` if it cannot be read.
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

  /// The names of the files and folders in a folder, unordered.
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

  /// Whether `url` is a folder.
  /// - Throws: `FileError` if it does not exist or cannot be accessed.
  package static func isFolder(_ url: URL) throws -> Bool { try requireKind(url) == S_IFDIR }

  /// Whether `url` is a regular file: not a folder, pipe or device.
  /// - Throws: `FileError` if it does not exist or cannot be accessed.
  package static func isFile(_ url: URL) throws -> Bool { try requireKind(url) == S_IFREG }

  /// - Throws: `FileError` if this is a pipe or a device, since opening it could block.
  package static func refusePipe(_ url: URL) throws {
    guard [S_IFREG, S_IFDIR].contains(try requireKind(url)) else {
      throw FileError(url, "a pipe or a device, expected a file")
    }
  }

  private static func requireKind(_ url: URL) throws -> mode_t {
    guard let kind = Self.kind(url) else { throw failure(url) }
    return kind
  }

  /// The type of the file at `url`, such as `S_IFREG`; nil if there is none, and `errno` says why.
  static func kind(_ url: URL) -> mode_t? {
    var status = stat()
    return stat(url.path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }

  /// - Throws: `FileError` if the last component, as returned by `names`, was not UTF-8, so that it cannot be opened.
  package static func requireUTF8(_ url: URL) throws {
    guard !url.lastPathComponent.unicodeScalars.contains("\u{FFFD}") else {
      throw FileError(url, "a name that is not UTF-8; rename it")
    }
  }

  private static func failure(_ url: URL) -> FileError { FileError(url, errno: errno) }
}

import Foundation

/// Reads files and folders with system calls, whose error codes say exactly what is wrong.
public enum DataFile {
  /// The bytes of a file, or its first `limit`.
  /// - Parameter isOwn: whether others than its owner, who must be this user or root, must not be able to write to it.
  /// - Throws: `FileError` if it cannot be read.
  public static func read(_ url: URL, upTo limit: Int = .max, isOwn: Bool = false) throws -> Data {
    let file = try InputFile(url)
    guard file.isOwn || !isOwn else { throw FileError(url, "others may write to this file") }
    // Some files of the kernel have contents and a size of 0.
    var data = Data()
    while data.count < limit {
      let wanted = min(limit, max(file.byteCount, data.count + 1 << 16))
      let piece = try file.bytes(data.count..<wanted)
      data.append(contentsOf: piece)
      if data.count < wanted { break }
    }
    return data
  }

  /// The bytes of a file that is small.
  /// - Parameter expected: what the file should be, for the error.
  /// - Throws: `FileError` if it cannot be read, or has more than `limit` bytes.
  package static func read(_ url: URL, atMost limit: Int, expected: String) throws -> Data {
    let data = try read(url, upTo: limit + 1)
    guard data.count <= limit else { throw FileError(url, "more than \(limit) bytes; expected \(expected)") }
    return data
  }

  /// The last `count` bytes of a file, or all of a shorter one.
  package static func read(_ url: URL, last count: Int) throws -> Data {
    let file = try InputFile(url)
    return Data(try file.bytes(max(0, file.byteCount - count)..<file.byteCount))
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

  /// Whether there is anything at `url`, be it a link that leads nowhere.
  package static func isThere(_ url: URL) -> Bool {
    var status = stat()
    return lstat(url.path, &status) == 0
  }

  /// Whether `url` itself is a symbolic link.
  package static func isLink(_ url: URL) -> Bool {
    var status = stat()
    return lstat(url.path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  private static func requireKind(_ url: URL) throws -> mode_t {
    guard let kind = Self.kind(url) else { throw failure(url) }
    return kind
  }

  /// The type of the file at `url`, such as `S_IFREG`; nil if there is none, and `errno` says why.
  private static func kind(_ url: URL) -> mode_t? {
    var status = stat()
    return stat(url.path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }

  /// - Throws: `FileError` if the last component, as returned by `names`, was not UTF-8, so that it cannot be opened.
  package static func requireUTF8(_ url: URL) throws {
    guard !url.lastPathComponent.unicodeScalars.contains("\u{FFFD}") else {
      throw FileError(url, "a name that is not UTF-8; rename it")
    }
  }

  private static func failure(_ url: URL) -> FileError { FileError(url, cannot: "read", errno: errno) }
}

import Foundation

/// The bytes of a regular file, memory-mapped: pages are read when they are used.
package func mapFile(_ url: URL) throws -> Data {
  guard let kind = DataFile.kind(url) else { throw FileError(url, cannot: "read", errno: errno) }
  guard kind == S_IFREG else { throw FileError(url, "this is not a file; check the path") }
  guard access(url.path, R_OK) == 0 else { throw FileError(url, cannot: "read", errno: errno) }
  do {
    return try Data(contentsOf: url, options: .mappedIfSafe)
  } catch {
    throw FileError(url, "cannot read: \(error.localizedDescription)")
  }
}

import Foundation

@testable import Files

/// A folder of a test's own, removed with the last reference to it.
public final class ScratchFolder {
  public let url: URL

  public init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "drnet-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  public subscript(name: String) -> URL { url.appending(path: name) }

  /// Names of all files in the folder, hidden ones too.
  public var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: url.path).sorted()) ?? [] }

  public func write(_ text: String, to name: String) throws -> URL {
    let url = self[name]
    try Data(text.utf8).write(to: url)
    return url
  }
}

/// The message of the error that `body` throws; empty where it throws none.
public func message(_ body: () throws -> Void) -> String {
  do {
    try body()
    return ""
  } catch {
    return "\(error)"
  }
}

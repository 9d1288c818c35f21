import Files
import Foundation

/// The videos and the folders of PNG frames in a folder and its subfolders.
struct VideoListing {
  /// Suffixes of the files that are read as videos.
  static let endings: Set = [
    "3gp", "asf", "avi", "divx", "flv", "gif", "m2ts", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "mts", "mxf", "ogv",
    "ts", "vob", "webm", "wmv", "y4m",
  ]

  enum Content {
    case video(URL)
    case frames([URL])
  }

  struct Origin {
    /// Path below the folder.
    let name: String
    let content: Result<Content, FileError>
  }

  /// Name of the frames in the folder itself; a folder in it may have any name but this.
  static let itself = "."

  private(set) var origins: [Origin] = []
  /// Number of files with neither the suffix of a video nor that of a PNG.
  private(set) var otherFiles = 0
  /// The tables of what changes in the folders of frames.
  private(set) var factorTables: [URL] = []
  private var visited: Set<[UInt64]> = []
  /// Maximum depth of nested folders.
  private static let maxDepth = 32

  /// - Throws: `FileError` if `root` cannot be read. A file or folder below it that cannot be read becomes an origin
  ///   with its error.
  init(_ root: URL) throws { try list(root) }

  private mutating func list(_ folder: URL, as name: String = "", depth: Int = 0) throws {
    var status = stat()
    guard stat(folder.path, &status) == 0 else { throw FileError(folder, cannot: "read", errno: errno) }
    // Symbolic links may lead back to a folder above.
    guard visited.insert([UInt64(status.st_dev), UInt64(status.st_ino)]).inserted else { return }
    guard depth <= Self.maxDepth else { throw FileError(folder, "folders nested \(depth) deep; flatten them") }
    let names = try DataFile.names(in: folder).filter { !$0.hasPrefix(".") }.sorted(by: NaturalOrder.precedes)
    var pictures: [URL] = []
    for entry in names {
      let (url, entryName) = (folder.appending(path: entry), name.isEmpty ? entry : "\(name)/\(entry)")
      do {
        try DataFile.requireUTF8(url)
        if try DataFile.isFolder(url) {
          try list(url, as: entryName, depth: depth + 1)
        } else if url.pathExtension.lowercased() == "png" {
          pictures.append(url)
        } else if Self.endings.contains(url.pathExtension.lowercased()) {
          origins.append(Origin(name: entryName, content: .success(.video(url))))
        } else if entry == FrameFactors.fileName {
          factorTables.append(url)
        } else {
          otherFiles += 1
        }
      } catch let error as FileError {
        origins.append(Origin(name: entryName, content: .failure(error)))
      }
    }
    if !pictures.isEmpty {
      origins.append(Origin(name: name.isEmpty ? Self.itself : name, content: .success(.frames(pictures))))
    }
  }
}

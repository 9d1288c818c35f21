import Files

@testable import DRNetGPU

/// All that a reader of a data set gives.
package struct CollectedClips {
  /// Names of the clips and of what is broken, in order.
  package private(set) var names: [String] = []
  package private(set) var remarks: [String] = []
  private var results: [String: Result<PreparedClip, FileError>] = [:]

  /// Reads all sources on two threads.
  package init(_ reader: some ClipReader) throws {
    try reader.readClips { _, reading in
      switch reading {
      case .clip(let clip):
        names.append(clip.name)
        results[clip.name] = .success(clip)
      case .broken(let name, let error):
        names.append(name)
        results[name] = .failure(error)
      case .remark(let text): remarks.append(text)
      }
    }
  }

  /// The clip called `name`.
  /// - Throws: why it is broken, or that there is none.
  package func clip(_ name: String) throws -> PreparedClip {
    guard let result = results[name] else { throw FileError("no clip is called \(name)") }
    return try result.get()
  }

  /// All clips, in order.
  /// - Throws: why one is broken.
  package func clips() throws -> [PreparedClip] { try names.map(clip) }

  /// Why the clip called `name` is broken; nil if it is not.
  package func problem(_ name: String) -> String? {
    guard case .failure(let error)? = results[name] else { return nil }
    return error.description
  }
}

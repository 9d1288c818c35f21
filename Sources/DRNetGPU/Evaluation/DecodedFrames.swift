import Files
import Foundation
import TensorEngine

/// Decoded frames in a folder: one PNG per frame, and `frames.safetensors` with frames (N, C, S, S) in [0, 1].
public enum DecodedFrames {
  /// Checks, without writing anything, that `folder` does not exist or is empty, unless `force` is set.
  /// - Throws: `FileError` if it holds files.
  public static func requireWritable(_ folder: URL, force: Bool) throws {
    let there = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    if let there, !there.isEmpty, !force {
      throw FileError(folder, "this folder holds files already; choose another --out, or allow it with --force")
    }
  }

  /// Writes frames (N, C, S, S) in [0, 1]. If a file cannot be written, those before it are removed again.
  /// - Throws: `FileError` for the file that cannot be written.
  public static func write(_ frames: HostTensor, into folder: URL) throws {
    let made = try AtomicFile.makeFolders(to: folder)
    var written: [URL] = []
    do {
      for index in 0..<frames.shape[0] {
        let url = folder.appending(path: String(format: "frame-%06d.png", index))
        try PNGImage(frames, frame: index).write(to: url)
        written.append(url)
      }
      var tensors = SafetensorsFile()
      tensors["frames"] = frames
      try tensors.write(to: folder.appending(path: "frames.safetensors"))
    } catch {
      for url in written { unlink(url.path) }
      for folder in made.reversed() { rmdir(folder.path) }
      throw error
    }
  }
}

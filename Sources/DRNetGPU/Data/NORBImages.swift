import Files
import Foundation

/// The images of a `-dat` file of NORB, (N, 2, H, W) bytes, read one at a time, so that memory does not grow with the
/// file. A gzipped file is first decompressed into an unlinked scratch file, which the system removes with this object
/// or with the process.
final class NORBImages: Sendable {
  /// Number of stereo pairs.
  let count: Int
  let height: Int
  let width: Int
  private let url: URL
  private let descriptor: Int32
  /// Position of the first image.
  private let start: Int

  /// Images of a stereo pair.
  static let cameras = 2
  private static let sides = 8...4096

  /// - Parameter scratch: an existing folder with room for the decompressed file.
  /// - Throws: `FileError` if the file is no complete file of NORB images, or there is no room for the scratch file.
  init(_ url: URL, scratch: URL) throws {
    let reader = try GzipReader(url)
    let header = try NORBMatrixHeader(reader, of: url, dimensions: 4)
    let extents = header.extents
    guard header.element == .byte else {
      throw FileError(url, "NORB matrix of 32-bit integers, expected bytes")
    }
    guard extents[1] == Self.cameras else {
      throw FileError(url, "images of \(extents[1]) cameras, expected stereo pairs: \(Self.cameras)")
    }
    guard Self.sides.contains(extents[2]), Self.sides.contains(extents[3]) else {
      throw FileError(
        url,
        "images of \(extents[2]) x \(extents[3]) px, expected \(Self.sides.lowerBound) to "
          + "\(Self.sides.upperBound) per side")
    }
    (count, height, width) = (extents[0], extents[2], extents[3])
    self.url = url
    if reader.isPlain {
      (descriptor, start) = try (Self.open(url, holding: header), header.size)
    } else {
      (descriptor, start) = try (Self.inflate(reader, of: url, header.count, into: scratch), 0)
    }
  }

  deinit { close(descriptor) }

  /// The image of one camera, (H, W): 0 is the left one.
  func image(_ index: Int, camera: Int) throws -> [UInt8] {
    precondition((0..<count).contains(index) && (0..<Self.cameras).contains(camera))
    let size = height * width
    let offset = start + (index * Self.cameras + camera) * size
    let image = try readAll(size, at: offset, from: descriptor, of: url)
    guard image.count == size else { throw FileError(url, "image \(index): it became shorter while it was read") }
    return image
  }

  /// Opens a plain file and checks its length against its header.
  private static func open(_ url: URL, holding header: NORBMatrixHeader) throws -> Int32 {
    let descriptor = Glibc.open(url.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(url, cannot: "read", errno: errno) }
    var status = stat()
    fstat(descriptor, &status)
    let found = Int(status.st_size) - header.size
    if found != header.count {
      close(descriptor)
      throw wrongSize(url, header.count, found)
    }
    return descriptor
  }

  /// Writes the `size` bytes that follow in `reader` to a scratch file.
  private static func inflate(_ reader: GzipReader, of url: URL, _ size: Int, into folder: URL) throws -> Int32 {
    let descriptor = try openScratchFile(in: folder, action: "write a scratch file to")
    do {
      var got = 0
      while got < size {
        let piece = try reader.read(min(size - got, 1 << 22))
        if piece.isEmpty { throw wrongSize(url, size, got) }
        try piece.withUnsafeBytes { try writeAll($0, to: descriptor, of: folder) }
        got += piece.count
      }
      guard try reader.read(1).isEmpty else { throw wrongSize(url, size, nil) }
    } catch {
      close(descriptor)
      throw error
    }
    return descriptor
  }

  private static func wrongSize(_ url: URL, _ expected: Int, _ found: Int?) -> FileError {
    guard let found, found < expected else {
      return FileError(url, "longer than the \(expected) bytes of images that its header asks for")
    }
    return FileError(url, "truncated: its header asks for \(expected) bytes of images, \(found) are there")
  }
}

import Files
import Foundation

/// Writes a file of prepared clips, one clip after the other. Until `finish` the clips are in `FILE.partial`; a writer
/// of the same file continues after the last complete clip in it, so that an interrupted preparation can be resumed.
package final class ClipsFileWriter {
  private let url: URL
  private let partial: URL
  private let header: ClipsFormat.Header
  private let descriptor: Int32
  private var position = 0
  private var entries: [ClipsFormat.Entry] = []
  private var names: Set<String> = []

  /// Clips that were in the partial file, skipped ones included.
  package let resumed: Int
  /// The first source that must be read; clips of it that are there already are passed over.
  package let firstSource: Int
  /// Clips of `firstSource` that are there and were not read again yet.
  private var expected: ArraySlice<String>
  private let decideSplits: (Set<String>) throws -> [String: Split]

  /// - Parameters:
  ///   - reader: where the clips come from; those in a partial file must be of the same sources and settings.
  ///   - replacing: replace an existing file, and discard a partial one.
  /// - Throws: `FileError` if the file exists or cannot be written, or the partial one is of other clips.
  package init(_ url: URL, for reader: some ClipReader, replacing: Bool = false) throws {
    self.url = url
    decideSplits = reader.splits
    partial = url.deletingLastPathComponent().appending(path: url.lastPathComponent + ".partial")
    header = ClipsFormat.Header(
      imageSize: reader.imageSize, channels: reader.channels, classes: reader.classes,
      factors: reader.factors, settings: reader.settingsText)
    if let name = ClipsFormat.doubledName(reader.classes, reader.factors) {
      throw FileError(url, "not written: two classes or factors are called \(name); rename one of them in its table")
    }
    try AtomicFile.requireReplaceable(url)
    if DataFile.isThere(url) {
      guard replacing else {
        throw FileError(url, "this file exists already; remove it, or replace it with --force")
      }
      try Self.requireClips(url)
    }
    if replacing { try Self.discard(partial) }
    descriptor = open(partial.path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
    guard descriptor >= 0 else {
      if errno == ELOOP {
        throw FileError(partial, "this is a link; remove it, since clips are not written through links")
      }
      throw FileError(url, cannot: "write", errno: errno)
    }
    do {
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw Self.isBusy(partial) }
      let found = try PartialClips(descriptor, partial)
      guard found.header == nil || found.header == header,
        let place = Self.place(after: found.entries, in: reader.sources)
      else { throw Self.ofOtherClips(partial) }
      entries = found.entries
      names = Set(entries.map(\.name))
      resumed = found.entries.count
      firstSource = place
      let last = entries.last?.sourceName
      expected = entries.drop { $0.sourceName != last }.map(\.name)[...]
      position = found.header == nil ? 0 : found.end
      guard ftruncate(descriptor, position) == 0, lseek(descriptor, position, SEEK_SET) == position else {
        throw FileError(partial, cannot: "write", errno: errno)
      }
      if found.header == nil {
        try ClipsFormat.signature.withUnsafeBytes(append)
        try appendBlock(ClipsFormat.text(header), [])
      }
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// The source that must be read first if `entries` are there: that of the last, which may be incomplete. nil if they
  /// are not of these sources in this order.
  private static func place(after entries: [ClipsFormat.Entry], in sources: [String]) -> Int? {
    var place = 0
    for entry in entries {
      guard let next = sources[place...].firstIndex(of: entry.sourceName) else { return nil }
      place = next
    }
    return place
  }

  deinit { close(descriptor) }

  /// Checks that `url`, which is to be replaced, is a file of clips: a slip of the pen must not cost someone a video.
  private static func requireClips(_ url: URL) throws {
    guard !DataFile.isLink(url) else { return }
    guard try InputFile(url).bytes(0..<ClipsFormat.signature.count) == ClipsFormat.signature else {
      throw FileError(url, "this holds something else than clips, and is not replaced; choose another --out")
    }
  }

  /// Removes the partial file of a process that has ended.
  private static func discard(_ partial: URL) throws {
    let old = open(partial.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    defer { if old >= 0 { close(old) } }
    guard old < 0 || flock(old, LOCK_EX | LOCK_NB) == 0 else { throw isBusy(partial) }
    unlink(partial.path)
  }

  private static func isBusy(_ partial: URL) -> FileError {
    FileError(partial, "another drnet prepare is writing it; wait until it ends")
  }

  private static func ofOtherClips(_ partial: URL) -> FileError {
    FileError(partial, "this is a preparation of other clips or settings; remove it, or use --force")
  }

  /// Appends a clip of `source`.
  package func append(_ clip: PreparedClip, from source: String) throws {
    let frameSize = ClipsFormat.pixelCount(header, frames: 1)!
    precondition(!clip.frames.isEmpty && clip.frames.allSatisfy { $0.count == frameSize }, "frames of one size")
    precondition(clip.factors.count == (header.factors.isEmpty ? 0 : clip.frames.count))
    precondition(clip.labels.count == header.classes.count, "a label for each class")
    precondition((clip.split == nil) != (clip.group == nil))
    var entry = ClipsFormat.Entry(name: clip.name)
    entry.split = clip.split?.rawValue
    entry.group = clip.group
    entry.labels = clip.labels
    entry.frames = clip.frames.count
    entry.isCircular = clip.isCircular
    entry.factors = clip.factors
    _ = try append(entry, from: source, clip.frames)
  }

  /// Records a clip of `source` that cannot be used, and why; false if that is recorded already.
  package func skip(_ name: String, from source: String, because problem: String) throws -> Bool {
    var entry = ClipsFormat.Entry(name: name)
    entry.problem = problem
    return try append(entry, from: source, [])
  }

  /// Clips so far, without the skipped ones.
  package var written: Int { entries.count { $0.problem == nil } }

  /// Names of the clips skipped so far, and why.
  package var skipped: [(name: String, problem: String)] {
    entries.compactMap { entry in entry.problem.map { (entry.name, $0) } }
  }

  /// Writes the index and gives the file its name.
  /// - Throws: `FileError` if that fails, or a split has no clip.
  package func finish() throws {
    do {
      let splits = try decideSplits(Set(entries.lazy.filter { $0.problem == nil }.compactMap(\.group)))
      for place in entries.indices {
        if let group = entries[place].group { entries[place].split = splits[group]?.rawValue }
      }
    } catch {
      unlink(partial.path)
      throw error
    }
    for split in Split.allCases where !entries.contains(where: { $0.split == split.rawValue }) {
      // Resuming cannot help: once the data are repaired, the preparation starts from the beginning.
      unlink(partial.path)
      throw FileError(url, "not written: no \(split == .training ? "training" : "held-out") clip could be read")
    }
    let index = position
    try appendBlock(
      ClipsFormat.text(
        entries.filter { $0.problem == nil }.map { entry in
          var entry = entry
          (entry.source, entry.group) = (nil, nil)
          return entry
        }), [])
    let trailer = (0..<8).map { UInt8(truncatingIfNeeded: index >> (8 * $0)) } + ClipsFormat.ending
    try trailer.withUnsafeBytes(append)
    try AtomicFile.publish(partial, descriptor, as: url)
  }

  /// False if the clip is there already.
  private func append(_ entry: ClipsFormat.Entry, from source: String, _ frames: [[UInt8]]) throws -> Bool {
    if let name = expected.popFirst() {
      guard name == entry.name else { throw Self.ofOtherClips(partial) }
      return false
    }
    guard names.insert(entry.name).inserted else {
      throw FileError(url, "two clips would be called \(entry.name); rename one of their files or folders")
    }
    var entry = entry
    if source != entry.name { entry.source = source }
    entry.offset = nil
    let start = position
    try appendBlock(ClipsFormat.text(entry), frames)
    entry.offset = start
    entries.append(entry)
    return true
  }

  private func appendBlock(_ text: Data, _ pixels: [[UInt8]]) throws {
    guard text.count <= ClipsFormat.maxTextSize else {
      throw FileError(
        url, "\(text.count) bytes of metadata of clips; at most \(ClipsFormat.maxTextSize) are written")
    }
    var checksum = crc32(text)
    for piece in pixels { checksum = crc32(piece, after: checksum) }
    let prefix = ClipsFormat.Prefix(
      textLength: text.count, checksum: checksum, pixelLength: pixels.reduce(0) { $0 + $1.count })
    try prefix.bytes.withUnsafeBytes(append)
    try text.withUnsafeBytes(append)
    for piece in pixels { try piece.withUnsafeBytes(append) }
  }

  private func append(_ bytes: UnsafeRawBufferPointer) throws {
    try writeAll(bytes, to: descriptor, of: url)
    position += bytes.count
  }
}

extension ClipsFormat.Entry {
  fileprivate var sourceName: String { source ?? name }
}

/// The partial file of an interrupted preparation.
private struct PartialClips {
  /// nil if nothing can be used.
  var header: ClipsFormat.Header?
  var entries: [ClipsFormat.Entry] = []
  /// Where the last complete clip ends.
  var end = 0

  init(_ descriptor: Int32, _ url: URL) throws {
    var position = 0
    func read(_ count: Int) throws -> [UInt8]? {
      let bytes = try readAll(count, at: position, from: descriptor, of: url)
      guard bytes.count == count else { return nil }
      position += count
      return bytes
    }
    /// The text of the next block, if it is complete; pixels are read in pieces.
    func nextText() throws -> Data? {
      guard let start = try read(ClipsFormat.prefixSize),
        let prefix = start.withUnsafeBytes({ ClipsFormat.Prefix($0) }), let text = try read(prefix.textLength)
      else { return nil }
      var checksum = crc32(text)
      var left = prefix.pixelLength
      while left > 0 {
        guard let piece = try read(min(left, 1 << 20)) else { return nil }
        checksum = crc32(piece, after: checksum)
        left -= piece.count
      }
      return checksum == prefix.checksum ? Data(text) : nil
    }
    let decoder = JSONDecoder()
    let start = try readAll(ClipsFormat.signature.count, at: 0, from: descriptor, of: url)
    guard ClipsFormat.signature.starts(with: start) else {
      throw FileError(url, "this is no preparation of drnet's, which would be continued there; move it away")
    }
    guard try read(ClipsFormat.signature.count) != nil, let text = try nextText(),
      let header = try? decoder.decode(ClipsFormat.Header.self, from: text)
    else { return }
    self.header = header
    end = position
    while let text = try nextText(), var entry = try? decoder.decode(ClipsFormat.Entry.self, from: text) {
      entry.offset = end
      entries.append(entry)
      end = position
    }
  }
}

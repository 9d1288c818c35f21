import Files
import Foundation

/// The frames of a video in their order, decoded in one pass: nothing is sought, so that no frame depends on where reading
/// began.
final class VideoFrames {
  private let url: URL
  private let sampleAspect: Double
  private let running: FFmpegProcess
  /// The header of every frame, which are all scaled to the size of the first by ffmpeg, should the size change on the way.
  private var header: PAMHeader?
  private var hasEnded = false
  /// Number of frames so far.
  private(set) var count = 0
  /// What ffmpeg said about the file, when all frames were read.
  private(set) var complaint: String?

  /// Use `Video.frames`.
  init(_ video: Video, rate: Double?) throws {
    (url, sampleAspect) = (video.url, video.sampleAspect)
    // ffmpeg chooses the format that keeps most: with alpha or without, grey or colour.
    running = try video.start(
      rate: rate, ["format=rgb24|rgba|gray|ya8"], ["-f", "image2pipe", "-codec:v", "pam", "pipe:1"])
  }

  deinit { running.stop() }

  /// The next frame, at the size of the file, on black where it is transparent; nil at the end.
  /// - Throws: `FileError` if ffmpeg fails.
  func next() throws -> PNGImage? {
    guard let header = try nextHeader() else { return nil }
    let pixels = running.take(header.width * header.height * header.samples)
    guard pixels.count == header.width * header.height * header.samples else { return try end() }
    count += 1
    return PNGImage(width: header.width, height: header.height, samples: header.samples, onBlack: pixels)
  }

  /// The next frame, cropped and scaled; nil at the end.
  /// - Throws: `FileError` if ffmpeg fails, or the frame is too small for the crop.
  func next(as shape: FrameShape) throws -> PNGImage? {
    try next().map { try shape.fit($0, from: url, sampleAspect: sampleAspect) }
  }

  /// The next `count` frames, or as many as there are, cropped and scaled.
  /// - Throws: as `next`.
  func take(_ count: Int, as shape: FrameShape) throws -> [PNGImage] {
    var frames: [PNGImage] = []
    while frames.count < count, let frame = try next(as: shape) { frames.append(frame) }
    return frames
  }

  /// Passes over `count` frames, or as many as there are.
  /// - Throws: `FileError` if ffmpeg fails.
  func skip(_ count: Int) throws {
    for _ in 0..<count {
      guard let header = try nextHeader() else { return }
      _ = running.take(header.width * header.height * header.samples)
      self.count += 1
    }
  }

  private func nextHeader() throws -> PAMHeader? {
    if hasEnded { return nil }
    guard let header else {
      header = try PAMHeader(from: running)
      guard let header else { return try end() }
      guard Video.sides.contains(header.width), Video.sides.contains(header.height) else {
        throw FileError(url, "frames of \(header.width) x \(header.height) px")
      }
      return header
    }
    return running.take(header.bytes.count) == header.bytes ? header : try end()
  }

  /// What counts is which frames came; a decoder also complains about those that nobody misses.
  private func end<Nothing>() throws -> Nothing? {
    hasEnded = true
    let ending = running.finish()
    guard ending.hasSucceeded else { throw FileError(url, "ffmpeg says \(ending.reason)") }
    complaint = ending.message
    return nil
  }
}

/// The header of a picture in PAM format, which ffmpeg writes before the pixels of each frame:
///
///     P7
///     WIDTH 64
///     HEIGHT 48
///     DEPTH 3
///     MAXVAL 255
///     TUPLTYPE RGB
///     ENDHDR
private struct PAMHeader {
  let bytes: [UInt8]
  let width: Int
  let height: Int
  /// Samples of a pixel: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha.
  let samples: Int

  /// Reads the header that comes next; nil if the program ends before.
  init?(from running: FFmpegProcess) throws {
    var bytes: [UInt8] = []
    while !bytes.ends(with: "ENDHDR\n".utf8) {
      let byte = running.take(1)
      guard !byte.isEmpty, bytes.count < 1000 else { return nil }
      bytes += byte
    }
    var fields: [Substring: Int] = [:]
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 2 { fields[words[0]] = Int(words[1]) }
    }
    guard let width = fields["WIDTH"], let height = fields["HEIGHT"], let depth = fields["DEPTH"],
      (1...4).contains(depth), fields["MAXVAL"] == 255
    else { throw FFmpegError(description: "ffmpeg gives frames in another format than was asked for") }
    (self.bytes, self.width, self.height, samples) = (bytes, width, height, depth)
  }
}

extension [UInt8] {
  fileprivate func ends(with end: some BidirectionalCollection<UInt8>) -> Bool { suffix(end.count).elementsEqual(end) }
}

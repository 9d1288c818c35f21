import CPNG
import Files
import Foundation
import TensorEngine

/// An image with 8 bits per channel, grey or RGB, that is read from and written as PNG.
public struct PNGImage: Equatable, Sendable {
  /// Width in pixels.
  public let width: Int
  /// Height in pixels.
  public let height: Int
  /// 1 (grey) or 3 (RGB).
  public let channels: Int
  /// The bytes in the order (height, width, channels).
  public var pixels: [UInt8]

  /// An image of `pixels` in the order (height, width, channels); `channels` is 1 (grey) or 3 (RGB).
  public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
    precondition(channels == 1 || channels == 3)
    precondition(pixels.count == width * height * channels)
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }

  /// Frame `index` of images (N, C, H, W) in [0, 1], C = 1 or 3, rounded to 8 bits; values outside are clamped.
  public init(_ tensor: HostTensor, frame index: Int) {
    let shape = tensor.shape
    let plane = shape.height * shape.width
    var pixels = [UInt8](repeating: 0, count: plane * shape.channels)
    for channel in 0..<shape.channels {
      let start = (index * shape.channels + channel) * plane
      for pixel in 0..<plane {
        pixels[pixel * shape.channels + channel] = UInt8(
          (Float.maximum(0, .minimum(1, tensor.values[start + pixel])) * 255).rounded())
      }
    }
    self.init(width: shape.width, height: shape.height, channels: shape.channels, pixels: pixels)
  }

  /// An image of pixels that may be transparent, which are shown on black.
  /// - Parameters:
  ///   - samples: 1 (grey), 2 (grey and alpha), 3 (RGB) or 4 (RGB and alpha).
  ///   - pixels: the bytes in the order (height, width, samples).
  init(width: Int, height: Int, samples: Int, onBlack pixels: [UInt8]) {
    let hasAlpha = samples == 2 || samples == 4
    guard hasAlpha else {
      self.init(width: width, height: height, channels: samples, pixels: pixels)
      return
    }
    let channels = samples - 1
    let opaque = [UInt8](unsafeUninitializedCapacity: width * height * channels) { opaque, count in
      for pixel in 0..<width * height {
        let alpha = Int(pixels[pixel * samples + channels])
        for channel in 0..<channels {
          opaque[pixel * channels + channel] = UInt8((Int(pixels[pixel * samples + channel]) * alpha + 127) / 255)
        }
      }
      count = width * height * channels
    }
    self.init(width: width, height: height, channels: channels, pixels: opaque)
  }

  // MARK: Reading

  /// Reads any PNG: palettes become RGB, 16 bits become 8, and transparent pixels are shown on black. Stored values are kept,
  /// whatever gamma or colour profile the file names.
  /// - Throws: `FileError` if the file cannot be read, is no PNG or is damaged.
  public init(contentsOf url: URL) throws {
    try self.init(DataFile.read(url), from: url.relativePath)
  }

  /// Decodes a PNG; `name` says where it came from in errors.
  init(_ data: Data, from name: String) throws {
    let header = try PNGStructure(data, from: name)
    let channels = header.isGrey ? 1 : 3
    self.init(
      width: header.width, height: header.height, samples: channels + 1,
      onBlack: try Self.decode(data, header, channels: channels, from: name))
  }

  /// The pixels of a PNG file with their transparency: bytes in the order (height, width, channels + 1), the last of them
  /// alpha.
  static func decode(_ data: Data, _ header: PNGStructure, channels stored: Int, from name: String) throws -> [UInt8] {
    guard header.width <= Self.maxSide, header.height <= Self.maxSide,
      header.width * header.height <= Self.maxPixels
    else {
      throw FileError(
        "\(name): \(header.width) x \(header.height) pixels, expected at most \(Self.maxSide) per side and "
          + "\(Self.maxPixels) in all")
    }
    return try [UInt8](unsafeUninitializedCapacity: header.width * header.height * (stored + 1)) {
      decoded, count in
      try data.withUnsafeBytes { bytes in
        var source = png_source()
        (source.rest, source.count) = (bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
        guard png_source_decode(&source, header.width, header.height, stored, decoded.baseAddress) != 0 else {
          throw FileError("\(name): damaged PNG file (libpng: \(Self.text(source.problem)))")
        }
      }
      count = decoded.count
    }
  }

  /// Maximum width and height in pixels; video frames are smaller.
  static let maxSide = 16_384
  /// Twice the pixels of an 8K video frame; decoding takes 4 bytes for each.
  private static let maxPixels = 1 << 26

  /// A message of libpng, which is a C array of characters.
  private static func text(_ message: some Any) -> String {
    withUnsafeBytes(of: message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  // MARK: Writing

  /// The image as a PNG file.
  /// - Throws: `FileError` if libpng cannot encode it.
  public func pngData() throws -> Data {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    image.width = png_uint_32(width)
    image.height = png_uint_32(height)
    image.format = channels == 1 ? 0 : png_uint_32(PNG_FORMAT_FLAG_COLOR)
    defer { png_image_free(&image) }
    // Deflate's worst case is well below twice the pixels plus the chunks.
    var size = 2 * (pixels.count + height) + 4096
    var bytes = Data(count: size)
    let written = bytes.withUnsafeMutableBytes {
      png_image_write_to_memory(&image, $0.baseAddress, &size, 0, pixels, 0, nil)
    }
    guard written != 0 else {
      throw FileError("\(width) x \(height) image: cannot be encoded (libpng: \(Self.text(image.message)))")
    }
    return bytes.prefix(size)
  }

  /// Writes a PNG file atomically.
  /// - Parameters:
  ///   - url: the file to write.
  ///   - description: what it shows in ASCII, stored in the file; nil for nothing.
  /// - Throws: `FileError` if the file cannot be written.
  public func write(to url: URL, description: String? = nil) throws {
    let file = try pngData()
    try AtomicFile.write(description.map { PNGDescription.add($0, to: file) } ?? file, to: url)
  }

  // MARK: Conversion

  /// The same image with 1 or 3 channels; grey is the Rec. 601 luma (0.299 R + 0.587 G + 0.114 B), rounded.
  public func converted(channels target: Int) -> PNGImage {
    precondition(target == 1 || target == 3)
    if target == channels { return self }
    let converted: [UInt8]
    if target == 3 {
      converted = pixels.flatMap { [$0, $0, $0] }
    } else {
      converted = stride(from: 0, to: pixels.count, by: 3).map { start in
        Self.luma(red: pixels[start], green: pixels[start + 1], blue: pixels[start + 2])
      }
    }
    return PNGImage(width: width, height: height, channels: target, pixels: converted)
  }

  static func luma(red: UInt8, green: UInt8, blue: UInt8) -> UInt8 {
    let luma = 19_595 * Int(red) + 38_470 * Int(green) + 7_471 * Int(blue)
    return UInt8((luma + 0x8000) >> 16)
  }

  /// The image scaled bilinearly, without keeping its aspect ratio; downscaling is antialiased.
  public func resized(width: Int, height: Int) -> PNGImage {
    if self.width == width && self.height == height { return self }
    let scaling = Resampling(height: self.height, width: self.width, toHeight: height, toWidth: width)
    return PNGImage(
      width: width, height: height, channels: channels, pixels: scaling.pixels(pixels, channels: channels))
  }

  /// The largest square in the centre; an odd margin is one pixel wider below or on the right.
  public func croppedToSquare() -> PNGImage {
    let side = min(width, height)
    return cropped(width: side, height: side, x: (width - side) / 2, y: (height - side) / 2)
  }

  /// A rectangle of the image, which must lie within it; x and y are those of its upper left corner.
  public func cropped(width: Int, height: Int, x: Int, y: Int) -> PNGImage {
    precondition(x >= 0 && y >= 0 && x + width <= self.width && y + height <= self.height, "within the image")
    let rows = (y..<y + height).map { row in
      pixels[(row * self.width + x) * channels..<(row * self.width + x + width) * channels]
    }
    return PNGImage(width: width, height: height, channels: channels, pixels: rows.flatMap { $0 })
  }

  /// The pixels in the order (C, H, W); `pixels` has (H, W, C).
  var planes: [UInt8] {
    if channels == 1 { return pixels }
    let plane = width * height
    return [UInt8](unsafeUninitializedCapacity: pixels.count) { planes, count in
      for channel in 0..<channels {
        for pixel in 0..<plane { planes[channel * plane + pixel] = pixels[channels * pixel + channel] }
      }
      count = pixels.count
    }
  }

  /// The image as a batch of one, (1, C, H, W) in [0, 1].
  public var tensor: HostTensor {
    var tensor = HostTensor([1, channels, height, width])
    tensor.values.withUnsafeMutableBufferPointer { writePlanes(to: $0) }
    return tensor
  }

  /// Writes the image as (C, H, W) in [0, 1]; `target` must have as many elements.
  public func writePlanes(to target: UnsafeMutableBufferPointer<Float>) {
    let plane = width * height
    precondition(target.count == plane * channels)
    for channel in 0..<channels {
      for pixel in 0..<plane { target[channel * plane + pixel] = Float(pixels[pixel * channels + channel]) / 255 }
    }
  }
}

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

  // MARK: Reading

  /// Reads any PNG: palettes become RGB, 16 bits become 8, and transparent pixels are shown on black.
  /// - Throws: `FileError` if the file cannot be read, is no PNG or is damaged.
  public init(contentsOf url: URL) throws {
    try self.init(DataFile.read(url), from: url.relativePath)
  }

  /// Decodes a PNG; `name` says where it came from in errors.
  init(_ data: Data, from name: String) throws {
    let header = try PNGStructure(data, from: name)
    guard header.width <= Self.maxSide, header.height <= Self.maxSide,
      header.width * header.height <= Self.maxPixels
    else {
      throw FileError(
        "\(name): \(header.width) x \(header.height) pixels, expected at most \(Self.maxSide) per side and "
          + "\(Self.maxPixels) in all")
    }
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    let started = data.withUnsafeBytes { png_image_begin_read_from_memory(&image, $0.baseAddress, $0.count) }
    guard started != 0 else { throw Self.failure(image, name) }
    // Without this flag libpng reads 16 bits as linear light. It still applies a gAMA chunk that differs from sRGB.
    image.flags |= png_uint_32(PNG_IMAGE_FLAG_16BIT_sRGB)
    image.format = header.isGrey ? Self.greyAlpha : Self.colourAlpha
    let stored = header.isGrey ? 1 : 3
    var decoded = [UInt8](repeating: 0, count: header.width * header.height * (stored + 1))
    let finished = decoded.withUnsafeMutableBytes { png_image_finish_read(&image, nil, $0.baseAddress, 0, nil) }
    guard finished != 0 else { throw Self.failure(image, name) }
    var pixels = [UInt8](repeating: 0, count: header.width * header.height * stored)
    for pixel in 0..<header.width * header.height {
      let alpha = Int(decoded[pixel * (stored + 1) + stored])
      for channel in 0..<stored {
        pixels[pixel * stored + channel] = UInt8((Int(decoded[pixel * (stored + 1) + channel]) * alpha + 127) / 255)
      }
    }
    self.init(width: header.width, height: header.height, channels: stored, pixels: pixels)
  }

  /// Maximum width and height in pixels; video frames are smaller.
  static let maxSide = 16_384
  /// Twice the pixels of an 8K video frame; decoding takes 4 bytes for each.
  private static let maxPixels = 1 << 26
  private static let greyAlpha = png_uint_32(PNG_FORMAT_FLAG_ALPHA)
  private static let colourAlpha = png_uint_32(PNG_FORMAT_FLAG_ALPHA | PNG_FORMAT_FLAG_COLOR)

  private static func failure(_ image: png_image, _ name: String) -> FileError {
    let message = withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return FileError("\(name): damaged PNG file (libpng: \(message))")
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
    guard written != 0 else { throw Self.failure(image, "\(width) x \(height) image") }
    return bytes.prefix(size)
  }

  /// Writes a PNG file atomically.
  /// - Throws: `FileError` if the file cannot be written.
  public func write(to url: URL) throws { try AtomicFile.write(pngData(), to: url) }

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

  /// The image scaled bilinearly to a square of `side` pixels, without keeping its aspect ratio; downscaling is
  /// antialiased.
  public func resized(to side: Int) -> PNGImage {
    if width == side && height == side { return self }
    let scaling = Resampling(height: height, width: width, toHeight: side, toWidth: side)
    var resized = [UInt8](repeating: 0, count: side * side * channels)
    for channel in 0..<channels {
      let plane = pixels.withUnsafeBufferPointer { pixels in scaling.plane { Float(pixels[$0 * channels + channel]) } }
      for (pixel, value) in plane.enumerated() {
        resized[pixel * channels + channel] = UInt8(min(max(value, 0), 255).rounded())
      }
    }
    return PNGImage(width: side, height: side, channels: channels, pixels: resized)
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

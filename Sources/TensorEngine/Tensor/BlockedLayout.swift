/// The layout of tensors on OpenCL devices: channels in blocks, so that a block of channels of one pixel is one vector.
///
/// | role | device form | meaning of the axes |
/// |---|---|---|
/// | features | [N][CB][H+2h][W+2h][B] | CB blocks of B channels; a zero halo of h pixels (1 on maps, 0 on vectors) |
/// | filter | [KB][CB][R][S][B][16] | 16 outputs are adjacent; B as in the features that the filter reads |
/// | channels | [CB][16] | |
/// | plain | as on the host | |
///
/// B is 16, except for maps of at most 4 channels (images), which would be mostly padding: there B is C. Halo and
/// padding channels are always zero: kernels may read them without a test and must never write another value there.
///
/// Elements are float32, except in mixed precision, which stores feature maps of whole blocks as float16.
public struct BlockedLayout: Hashable, Sendable {
  public static let block = 16
  /// Maps with at most this many channels have a single block of exactly their channels.
  static let maxImageChannels = 4
  /// Width of the zero border of maps, in pixels.
  static let mapHalo = 1

  public let type: TensorType
  public let precision: Precision

  public init(_ type: TensorType, _ precision: Precision = .float) {
    self.type = type
    self.precision = precision
  }

  /// Whether elements are float16.
  public var isHalf: Bool {
    precision == .mixed && type.role == .features && halo > 0 && featureBlock == Self.block
  }

  /// Bytes on the device, padding included.
  public var bytes: Int { count * (isHalf ? MemoryLayout<Float16>.stride : MemoryLayout<Float>.stride) }

  /// The number of floats that take as much memory.
  package var floats: Int { bytes / MemoryLayout<Float>.stride }

  /// Channels in a block of feature maps with `channels` channels; `isMap` is true if H x W > 1.
  public static func featureBlock(channels: Int, isMap: Bool) -> Int {
    isMap && channels <= maxImageChannels ? channels : block
  }

  /// Channels in a block of a filter (K, C, R, S): filters of linear layers and of 1 x 1 windows read vectors.
  public static func filterBlock(_ shape: Shape) -> Int {
    featureBlock(channels: shape.channels, isMap: shape.height * shape.width > 1)
  }

  public static func blocks(_ count: Int, of size: Int = block) -> Int { count.dividedRoundingUp(by: size) }

  /// Elements on the device, padding included.
  public var count: Int {
    let s = type.shape
    switch type.role {
    case .features:
      let b = featureBlock
      return s.batch * Self.blocks(s.channels, of: b) * b * paddedPixels
    case .filter:
      let b = Self.filterBlock(s)
      return Self.blocks(s[0]) * Self.blocks(s[1], of: b) * s.height * s.width * b * Self.block
    case .channels: return Self.blocks(s.count) * Self.block
    case .plain: return s.count
    }
  }

  /// Width of the zero border of features, in pixels.
  public var halo: Int { type.shape.height * type.shape.width > 1 ? Self.mapHalo : 0 }

  /// Pixels of a map of features, halo included.
  var paddedPixels: Int { (type.shape.height + 2 * halo) * (type.shape.width + 2 * halo) }

  /// B of these features.
  public var featureBlock: Int {
    Self.featureBlock(channels: type.shape.channels, isMap: type.shape.height * type.shape.width > 1)
  }

  /// A host tensor with the precision that the device stores.
  package func rounded(_ host: HostTensor) -> HostTensor {
    isHalf ? HostTensor(host.shape, host.values.map { Float(Float16($0)) }) : host
  }

  /// The device form of a host tensor in float32; padding is zero.
  public func pack(_ host: HostTensor) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { device, initialized in
      device.initialize(repeating: 0)
      BlockedLayout(type).pack(host, into: device.baseAddress!)
      initialized = count
    }
  }

  /// Writes the elements of a host tensor to their places in the device form. Writes nothing to the padding.
  func pack(_ host: HostTensor, into device: UnsafeMutableRawPointer) {
    if isHalf {
      pack(host, into: device.assumingMemoryBound(to: Float16.self), Float16.init)
    } else {
      pack(host, into: device.assumingMemoryBound(to: Float.self)) { $0 }
    }
  }

  @inline(__always)
  private func pack<Element>(
    _ host: HostTensor, into device: UnsafeMutablePointer<Element>, _ stored: (Float) -> Element
  ) {
    host.values.withUnsafeBufferPointer { values in
      forEachRun { run in
        let (from, to) = (values.baseAddress! + run.host, device + run.device)
        if run.stride == 1 {
          for index in 0..<run.count { to[index] = stored(from[index]) }
        } else {
          for index in 0..<run.count { to[index &* run.stride] = stored(from[index]) }
        }
      }
    }
  }

  /// Converts a device form in float32 to the host form; drops padding.
  public func unpack(_ device: [Float]) -> HostTensor {
    precondition(device.count == count, "\(device.count) values for \(type)")
    return device.withUnsafeBufferPointer { BlockedLayout(type).unpack($0.baseAddress!) }
  }

  func unpack(_ device: UnsafeRawPointer) -> HostTensor {
    isHalf
      ? unpack(device.assumingMemoryBound(to: Float16.self), Float.init)
      : unpack(device.assumingMemoryBound(to: Float.self)) { $0 }
  }

  @inline(__always)
  private func unpack<Element>(_ device: UnsafePointer<Element>, _ value: (Element) -> Float) -> HostTensor {
    let count = type.shape.count
    let values = [Float](unsafeUninitializedCapacity: count) { values, initialized in
      forEachRun { run in
        let (from, to) = (device + run.device, values.baseAddress! + run.host)
        if run.stride == 1 {
          for index in 0..<run.count { to[index] = value(from[index]) }
        } else {
          for index in 0..<run.count { to[index] = value(from[index &* run.stride]) }
        }
      }
      initialized = count
    }
    return HostTensor(type.shape, values)
  }

  /// Elements that are contiguous on the host and evenly spaced on the device.
  private struct Run {
    /// Position of the first element.
    var host, device: Int
    var count: Int
    /// Distance between elements on the device, in elements.
    var stride: Int
  }

  /// Calls `body` with runs that together make up the tensor. Channels of a block follow each other, so that the cache
  /// lines that they share in device memory are still in the cache.
  @inline(__always)
  private func forEachRun(_ body: (Run) -> Void) {
    let s = type.shape
    switch type.role {
    case .features:
      let b = featureBlock
      let (channels, height, width, halo) = (s.channels, s.height, s.width, self.halo)
      var row = halo * (width + 2 * halo) + halo
      for n in 0..<s.batch {
        for first in stride(from: 0, to: channels, by: b) {
          for y in 0..<height {
            for c in first..<min(first + b, channels) {
              let host = ((n * channels + c) * height + y) * width
              body(Run(host: host, device: row * b + c - first, count: width, stride: b))
            }
            row += width + 2 * halo
          }
          row += 2 * halo * (width + 2 * halo)
        }
      }
    case .filter:
      let b = Self.filterBlock(s)
      let (outputs, inputs, window) = (s[0], s[1], s.height * s.width)
      let cb = Self.blocks(inputs, of: b)
      for k in 0..<outputs {
        for c in 0..<inputs {
          let block = (k / Self.block * cb + c / b) * window * b
          let device = (block + c % b) * Self.block + k % Self.block
          body(Run(host: (k * inputs + c) * window, device: device, count: window, stride: b * Self.block))
        }
      }
    case .channels, .plain: body(Run(host: 0, device: 0, count: s.count, stride: 1))
    }
  }
}

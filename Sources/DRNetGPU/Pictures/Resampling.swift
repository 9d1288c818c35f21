/// Scales images with a triangle filter, separably.
///
/// Upscaling is bilinear interpolation between pixel centres (PyTorch's `interpolate(mode="bilinear",
/// align_corners=False)`). For downscaling the triangle widens with the factor, so that every pixel counts (the same
/// with `antialias=True`). The aspect ratio is not kept.
struct Resampling: Sendable {
  /// The weights of one output pixel along one axis: those of the inputs from `start` on; they sum to 1.
  private struct Taps: Sendable {
    let start: Int
    let weights: [Float]
  }
  private let rows: [Taps]
  private let columns: [Taps]
  let inputHeight: Int
  let inputWidth: Int

  init(height: Int, width: Int, toHeight: Int, toWidth: Int) {
    inputHeight = height
    inputWidth = width
    rows = Self.taps(from: height, to: toHeight)
    columns = Self.taps(from: width, to: toWidth)
  }

  private static func taps(from input: Int, to output: Int) -> [Taps] {
    let step = Double(input) / Double(output)
    let reach = max(step, 1)
    return (0..<output).map { index in
      let centre = (Double(index) + 0.5) * step
      let first = max(0, Int((centre - reach + 0.5).rounded(.down)))
      let last = min(input, Int((centre + reach + 0.5).rounded(.down)))
      let weights = (first..<last).map { max(0, 1 - abs(Double($0) + 0.5 - centre) / reach) }
      let sum = weights.reduce(0, +)
      return Taps(start: first, weights: weights.map { Float($0 / sum) })
    }
  }

  /// Scales one plane; `input` gives the value at a row-major position of the input.
  @inline(__always)
  func plane(_ input: (Int) -> Float) -> [Float] {
    var wide = [Float](repeating: 0, count: inputHeight * columns.count)
    for row in 0..<inputHeight {
      for (column, taps) in columns.enumerated() {
        var sum: Float = 0
        for (tap, weight) in taps.weights.enumerated() { sum += weight * input(row * inputWidth + taps.start + tap) }
        wide[row * columns.count + column] = sum
      }
    }
    var output = [Float](repeating: 0, count: rows.count * columns.count)
    for (row, taps) in rows.enumerated() {
      for (tap, weight) in taps.weights.enumerated() {
        let from = (taps.start + tap) * columns.count
        for column in 0..<columns.count { output[row * columns.count + column] += weight * wide[from + column] }
      }
    }
    return output
  }

  /// Scales a picture of 8 bits, in the order (height, width, channels), with 1 or 3 channels; results are rounded.
  ///
  /// Rows are added up first, many columns at a time; most pixels of a video frame are read there only.
  func pixels(_ input: [UInt8], channels: Int) -> [UInt8] {
    precondition(channels == 1 || channels == 3)
    precondition(input.count == inputHeight * inputWidth * channels)
    let (rowSize, outputRowSize) = (inputWidth * channels, columns.count * channels)
    return [UInt8](unsafeUninitializedCapacity: rows.count * outputRowSize) { output, count in
      // A pixel of three channels is read as four values.
      withUnsafeTemporaryAllocation(of: Float.self, capacity: rowSize + 1) { sums in
        sums[rowSize] = 0
        input.withUnsafeBytes { input in
          for (row, taps) in rows.enumerated() {
            let rows = UnsafeRawBufferPointer(
              rebasing: input[taps.start * rowSize..<(taps.start + taps.weights.count) * rowSize])
            Self.addRows(rows, taps.weights, into: UnsafeMutableBufferPointer(rebasing: sums[..<rowSize]))
            let line = UnsafeMutableBufferPointer(rebasing: output[row * outputRowSize..<(row + 1) * outputRowSize])
            if channels == 1 {
              addColumns(ofGrey: UnsafeBufferPointer(sums), into: line)
            } else {
              addColumns(ofColour: UnsafeRawBufferPointer(sums), into: line)
            }
          }
        }
      }
      count = rows.count * outputRowSize
    }
  }

  /// `sums` as the weighted sum of as many rows as there are weights.
  private static func addRows(
    _ rows: UnsafeRawBufferPointer, _ weights: [Float], into sums: UnsafeMutableBufferPointer<Float>
  ) {
    typealias Block = SIMD8<Float>
    let width = sums.count
    let inBlocks = width - width % Block.scalarCount
    weights.withUnsafeBufferPointer { weights in
      for start in stride(from: 0, to: inBlocks, by: Block.scalarCount) {
        var block = Block.zero
        for (row, weight) in weights.enumerated() {
          let bytes = rows.loadUnaligned(fromByteOffset: row * width + start, as: SIMD8<UInt8>.self)
          // Every processor converts 32-bit integers many at a time.
          block += weight * Block(SIMD8<Int32>(truncatingIfNeeded: bytes))
        }
        UnsafeMutableRawPointer(sums.baseAddress! + start).storeBytes(of: block, as: Block.self)
      }
      for place in inBlocks..<width {
        sums[place] = weights.indices.reduce(0) { $0 + weights[$1] * Float(rows[$1 * width + place]) }
      }
    }
  }

  private func addColumns(ofGrey sums: UnsafeBufferPointer<Float>, into line: UnsafeMutableBufferPointer<UInt8>) {
    for (column, taps) in columns.enumerated() {
      taps.weights.withUnsafeBufferPointer { weights in
        var sum: Float = 0
        for (tap, weight) in weights.enumerated() { sum += weight * sums[taps.start + tap] }
        line[column] = Self.byte(sum)
      }
    }
  }

  /// Three channels at once.
  private func addColumns(ofColour sums: UnsafeRawBufferPointer, into line: UnsafeMutableBufferPointer<UInt8>) {
    let pixelStride = 3 * MemoryLayout<Float>.stride
    for (column, taps) in columns.enumerated() {
      taps.weights.withUnsafeBufferPointer { weights in
        var sum = SIMD4<Float>.zero
        for (tap, weight) in weights.enumerated() {
          sum += weight * sums.loadUnaligned(fromByteOffset: (taps.start + tap) * pixelStride, as: SIMD4<Float>.self)
        }
        for channel in 0..<3 { line[3 * column + channel] = Self.byte(sum[channel]) }
      }
    }
  }

  /// The nearest byte. (`rounded()` calls the C library where a processor may be without an instruction for it.)
  private static func byte(_ value: Float) -> UInt8 { UInt8(min(max(Double(value), 0), 255) + 0.5) }
}

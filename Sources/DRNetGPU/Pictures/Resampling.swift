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

  /// Scales a picture of 8 bits, in the order (height, width, channels); results are rounded.
  ///
  /// Rows are added up first, many columns at a time; most pixels of a video frame are read there only.
  func pixels(_ input: [UInt8], channels: Int) -> [UInt8] {
    precondition(input.count == inputHeight * inputWidth * channels)
    let (rowSize, outputRowSize) = (inputWidth * channels, columns.count * channels)
    return [UInt8](unsafeUninitializedCapacity: rows.count * outputRowSize) { output, count in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: rowSize) { sums in
        input.withUnsafeBytes { input in
          for (row, taps) in rows.enumerated() {
            let rows = UnsafeRawBufferPointer(
              rebasing: input[taps.start * rowSize..<(taps.start + taps.weights.count) * rowSize])
            Self.addRows(rows, taps.weights, into: sums)
            let line = UnsafeMutableBufferPointer(rebasing: output[row * outputRowSize..<(row + 1) * outputRowSize])
            switch channels {
            case 1: addColumns(UnsafeBufferPointer(sums), into: line, channels: 1)
            case 3: addColumns(UnsafeBufferPointer(sums), into: line, channels: 3)
            default: addColumns(UnsafeBufferPointer(sums), into: line, channels: channels)
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
    typealias Block = SIMD16<Float>
    let width = sums.count
    let inBlocks = width - width % Block.scalarCount
    weights.withUnsafeBufferPointer { weights in
      for start in stride(from: 0, to: inBlocks, by: Block.scalarCount) {
        var block = Block.zero
        for (row, weight) in weights.enumerated() {
          let bytes = rows.loadUnaligned(fromByteOffset: row * width + start, as: SIMD16<UInt8>.self)
          block += weight * Block(bytes)
        }
        UnsafeMutableRawPointer(sums.baseAddress! + start).storeBytes(of: block, as: Block.self)
      }
      for place in inBlocks..<width {
        sums[place] = weights.indices.reduce(0) { $0 + weights[$1] * Float(rows[$1 * width + place]) }
      }
    }
  }

  @inline(__always)
  private func addColumns(
    _ sums: UnsafeBufferPointer<Float>, into line: UnsafeMutableBufferPointer<UInt8>, channels: Int
  ) {
    for (column, taps) in columns.enumerated() {
      taps.weights.withUnsafeBufferPointer { weights in
        for channel in 0..<channels {
          var sum: Float = 0
          for (tap, weight) in weights.enumerated() { sum += weight * sums[(taps.start + tap) * channels + channel] }
          line[column * channels + channel] = UInt8(min(max(sum, 0), 255).rounded())
        }
      }
    }
  }
}

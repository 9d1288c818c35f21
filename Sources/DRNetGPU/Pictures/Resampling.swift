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
  /// Rows are added up first, whole rows at a time, which compilers turn into vector instructions; most pixels of a
  /// video frame are read there only.
  func pixels(_ input: [UInt8], channels: Int) -> [UInt8] {
    precondition(input.count == inputHeight * inputWidth * channels)
    let (rowSize, outputRowSize) = (inputWidth * channels, columns.count * channels)
    return [UInt8](unsafeUninitializedCapacity: rows.count * outputRowSize) { output, count in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: rowSize) { sums in
        input.withUnsafeBufferPointer { input in
          for (row, taps) in rows.enumerated() {
            sums.initialize(repeating: 0)
            for (tap, weight) in taps.weights.enumerated() {
              let from = (taps.start + tap) * rowSize
              for place in 0..<rowSize { sums[place] += weight * Float(input[from + place]) }
            }
            for (column, taps) in columns.enumerated() {
              for channel in 0..<channels {
                var sum: Float = 0
                for (tap, weight) in taps.weights.enumerated() {
                  sum += weight * sums[(taps.start + tap) * channels + channel]
                }
                output[row * outputRowSize + column * channels + channel] = UInt8(min(max(sum, 0), 255).rounded())
              }
            }
          }
        }
      }
      count = rows.count * outputRowSize
    }
  }
}

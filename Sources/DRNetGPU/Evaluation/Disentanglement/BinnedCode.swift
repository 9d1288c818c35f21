import TensorEngine

/// The dimensions of a code in at most 256 bins each, for decision trees that cut between bins.
///
/// With at most 256 different values a dimension has a bin for each, and trees are those of the values themselves. With more,
/// bins hold equally many of the values that they were made from.
struct BinnedCode: Sendable {
  static let limit = 256
  /// The bin of each clip, by dimension.
  let bins: [[UInt8]]
  /// By dimension, the largest value of each bin but the last.
  private let bounds: [[Float]]

  /// code (n, D).
  init(_ code: HostTensor) {
    bounds = (0..<code.shape[1]).map { dimension in
      let sorted = code.column(dimension).sorted()
      let steps = (1..<sorted.count).filter { sorted[$0 - 1] < sorted[$0] }
      let cuts =
        steps.count < Self.limit
        ? steps
        : (1..<Self.limit).map { $0 * sorted.count / Self.limit }.filter { sorted[$0 - 1] < sorted[$0] }
      return cuts.map { (sorted[$0 - 1] + sorted[$0]) / 2 }
    }
    bins = Self.bins(of: code, bounds)
  }

  /// Another code (m, D) in the same bins, by dimension.
  func bins(of code: HostTensor) -> [[UInt8]] { Self.bins(of: code, bounds) }

  private static func bins(of code: HostTensor, _ bounds: [[Float]]) -> [[UInt8]] {
    bounds.enumerated().map { dimension, bounds in
      code.column(dimension).map { value in
        var (low, high) = (0, bounds.count)
        while low < high {
          let middle = (low + high) / 2
          if bounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        return UInt8(low)
      }
    }
  }
}

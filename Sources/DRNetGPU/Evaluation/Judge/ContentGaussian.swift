import TensorEngine

/// A gaussian with the mean and the covariance of contents: what is nearest to the prior from which other models sample the
/// static code.
///
/// With n contents, centred as rows of X, and a vector z of n independent normal numbers, mean + X' z / sqrt(n - 1) has exactly
/// their covariance, also where it is singular; no factorisation is needed.
struct ContentGaussian {
  private let means: [Float]
  /// X, (n, D), divided by sqrt(n - 1).
  private let centred: HostTensor

  /// - Parameter contents: (n, D); at least two rows.
  init(_ contents: HostTensor) {
    let (n, size) = (contents.shape[0], contents.shape[1])
    let means = ColumnScale(contents).means
    let scale = 1 / Double(n - 1).squareRoot()
    self.means = means.map { Float($0) }
    centred = HostTensor(
      [n, size], contents.values.enumerated().map { Float((Double($1) - means[$0 % size]) * scale) })
  }

  /// Contents that are drawn at once.
  private static let together = 256

  /// Draws contents, (count, D). What lies outside of [-1, 1], where no content can be, is set to the bound.
  /// - Parameters:
  ///   - count: how many.
  ///   - seed: decides them.
  func draw(_ count: Int, seed: UInt64) -> HostTensor {
    let (n, size) = (centred.shape[0], centred.shape[1])
    let parts = stride(from: 0, to: count, by: Self.together).map { start in
      let rows = start..<min(start + Self.together, count)
      let normals = rows.flatMap { row in
        var random = CounterRandom(seed: seed, purpose: .judge, step: JudgeStep.contents, sample: row)
        return (0..<n).map { _ in random.normal() }
      }
      var drawn = (0..<rows.count * size).map { means[$0 % size] }
      Float.gemm(
        transposeA: false, transposeB: false, m: rows.count, n: size, k: n, alpha: 1, normals, leadingA: n,
        centred.values, leadingB: size, beta: 1, &drawn, leadingC: size)
      return HostTensor([rows.count, size], drawn.map { min(max($0, -1), 1) })
    }
    return HostTensor(rows: parts, of: [size])
  }
}

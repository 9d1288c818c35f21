import TensorEngine

/// Parts of matrices (n, D) on the host.
extension HostTensor {
  /// The rows that `indices` names, in their order.
  func picked(_ indices: some Collection<Int>) -> HostTensor {
    let size = shape[1]
    return HostTensor([indices.count, size], indices.flatMap { values[$0 * size..<($0 + 1) * size] })
  }

  /// Column `index`.
  func column(_ index: Int) -> [Float] { (0..<shape[0]).map { values[$0 * shape[1] + index] } }

  /// (n, D) beside (n, E): (n, D + E).
  func beside(_ other: HostTensor) -> HostTensor {
    let (n, d, e) = (shape[0], shape[1], other.shape[1])
    var joined: [Float] = []
    joined.reserveCapacity(n * (d + e))
    for row in 0..<n {
      joined += values[row * d..<(row + 1) * d]
      joined += other.values[row * e..<(row + 1) * e]
    }
    return HostTensor([n, d + e], joined)
  }
}

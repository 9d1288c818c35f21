import TensorEngine

/// A probe by nearest neighbours: the mean of the targets of the training clips that are nearest in Euclidean distance.
/// For classes that is the share of each among the neighbours; of equal shares the first class counts.
package struct NeighbourProbe: Probe {
  /// Neighbours.
  package static let count = 10

  static let method =
    "the \(count) training clips nearest in Euclidean distance: their most frequent class, or the mean of their numbers"

  private let features: HostTensor
  private let targets: HostTensor

  /// - Parameters:
  ///   - features: (n, D), standardised.
  ///   - targets: (n, K).
  package init(features: HostTensor, targets: HostTensor) {
    self.features = features
    self.targets = targets
  }

  package func predict(_ asked: HostTensor) -> HostTensor {
    let (n, columns) = (asked.shape[0], targets.shape[1])
    var predicted = [Float](repeating: 0, count: n * columns)
    predicted.withUnsafeMutableBufferPointer { predicted in
      nonisolated(unsafe) let predicted = predicted
      parallelFor(n) { rows in
        for row in rows {
          let neighbours = nearest(to: asked.values, row)
          for column in 0..<columns {
            let sum = neighbours.reduce(0.0) { $0 + Double(targets.values[$1 * columns + column]) }
            predicted[row * columns + column] = Float(sum / Double(neighbours.count))
          }
        }
      }
    }
    return HostTensor([n, columns], predicted)
  }

  /// The nearest training clips of a row, nearest first; of two at the same distance the first counts.
  private func nearest(to asked: [Float], _ row: Int) -> [Int] {
    let size = features.shape[1]
    var found: [(distance: Double, clip: Int)] = []
    features.values.withUnsafeBufferPointer { known in
      asked.withUnsafeBufferPointer { asked in
        for clip in 0..<features.shape[0] {
          var distance = 0.0
          for column in 0..<size {
            let difference = Double(known[clip * size + column]) - Double(asked[row * size + column])
            distance += difference * difference
          }
          if found.count == Self.count, distance >= found[Self.count - 1].distance { continue }
          let place = found.firstIndex { $0.distance > distance } ?? found.count
          found.insert((distance, clip), at: place)
          if found.count > Self.count { found.removeLast() }
        }
      }
    }
    return found.map(\.clip)
  }
}

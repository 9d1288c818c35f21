import TensorEngine

/// How far features lie apart. A spread near zero is a collapse: a low loss that means nothing.
enum FeatureSpread {
  /// Root mean square over dimensions of the standard deviation over clips. features (N, D).
  static func acrossClips(_ features: HostTensor) -> Double {
    let (n, d) = (features.shape[0], features.shape[1])
    var sum = 0.0
    for column in 0..<d {
      let values = (0..<n).map { Double(features.values[$0 * d + column]) }
      let mean = values.reduce(0, +) / Double(n)
      sum += values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n)
    }
    return (sum / Double(d)).squareRoot()
  }

  /// How many directions the features take over clips: (sum of eigenvalues)^2 / sum of their squares, of the covariance;
  /// from 1, all dimensions in step, to D, none like another. 0 where nothing differs. features (N, D).
  static func directions(_ features: HostTensor) -> Double {
    let (n, d) = (features.shape[0], features.shape[1])
    var centred = features.values.map(Double.init)
    for column in 0..<d {
      let mean = (0..<n).reduce(0) { $0 + centred[$1 * d + column] } / Double(n)
      for row in 0..<n { centred[row * d + column] -= mean }
    }
    // X X^T (N, N) has the eigenvalues of X^T X, and their squares sum to its own.
    var (trace, squares) = (0.0, 0.0)
    for row in 0..<n {
      for other in 0...row {
        let product = (0..<d).reduce(0) { $0 + centred[row * d + $1] * centred[other * d + $1] }
        if other == row { trace += product }
        squares += (other == row ? 1 : 2) * product * product
      }
    }
    return squares > 0 ? trace * trace / squares : 0
  }

  /// Root mean square difference of two frames' features, over the root of 2: the deviation that two draws from one
  /// distribution show. Both (N, D), row n of the same clip.
  static func withinClips(_ first: HostTensor, _ second: HostTensor) -> Double {
    let sum = zip(first.values, second.values).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
    return (sum / Double(first.values.count) / 2).squareRoot()
  }
}

import TensorEngine

/// How much features vary. A spread near zero is a collapse, which makes a low loss meaningless.
enum FeatureSpread {
  /// The standard deviation over clips, as a root mean square over dimensions. features (N, D).
  static func acrossClips(_ features: HostTensor) -> Double {
    let variances = variances(features)
    return (variances.reduce(0, +) / Double(variances.count)).squareRoot()
  }

  /// The variance over clips of each dimension. features (N, D).
  static func variances(_ features: HostTensor) -> [Double] {
    let (n, d) = (features.shape[0], features.shape[1])
    return (0..<d).map { column in
      let values = (0..<n).map { Double(features.values[$0 * d + column]) }
      let mean = values.reduce(0, +) / Double(n)
      return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n)
    }
  }

  /// The effective number of directions of the features over clips: the participation ratio (sum of eigenvalues)^2 /
  /// sum of their squares, of the covariance. It is 1 if all features lie on a line, up to D if all directions vary
  /// alike, and 0 if all clips are the same. features (N, D).
  static func directions(_ features: HostTensor) -> Double {
    let (n, d) = (features.shape[0], features.shape[1])
    var centred = features.values.map(Double.init)
    for column in 0..<d {
      let mean = (0..<n).reduce(0) { $0 + centred[$1 * d + column] } / Double(n)
      for row in 0..<n { centred[row * d + column] -= mean }
    }
    // X X^T (N, N) has the nonzero eigenvalues of X^T X; the squares of its elements sum to the eigenvalues' squares.
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

  /// The standard deviation within a clip, from the features of two frames: their root mean square difference divided
  /// by the square root of 2. Both (N, D); row n of each is from clip n.
  static func withinClips(_ first: HostTensor, _ second: HostTensor) -> Double {
    let sum = zip(first.values, second.values).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
    return (sum / Double(first.values.count) / 2).squareRoot()
  }
}

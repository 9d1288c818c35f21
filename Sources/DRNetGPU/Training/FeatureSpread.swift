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

  /// Root mean square difference of two frames' features, over the root of 2: the deviation that two draws from one
  /// distribution show. Both (N, D), row n of the same clip.
  static func withinClips(_ first: HostTensor, _ second: HostTensor) -> Double {
    let sum = zip(first.values, second.values).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
    return (sum / Double(first.values.count) / 2).squareRoot()
  }
}

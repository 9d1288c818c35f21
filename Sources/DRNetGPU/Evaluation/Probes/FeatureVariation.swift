import TensorEngine

/// How far features vary over held-out clips. It says whether what a probe finds has a scale that the decoder can see.
public struct FeatureVariation: Codable, Equatable, Sendable {
  /// Dimensions.
  public var dimensions: Int
  /// Mean over dimensions of the standard deviation over clips.
  public var mean: Double
  /// The smallest standard deviation of a dimension.
  public var smallest: Double
  /// The largest standard deviation of a dimension.
  public var largest: Double
  /// Effective number of directions: (sum of eigenvalues)^2 / sum of their squares, of the covariance.
  public var directions: Double

  static let method = "standard deviation of each dimension over held-out clips, of features as they are"
  static let directionsMethod = "(sum of eigenvalues)^2 / sum of their squares, of the covariance over held-out clips"

  /// features (n, D).
  package init(_ features: HostTensor) {
    let deviations = ColumnScale(features).deviations
    dimensions = deviations.count
    mean = deviations.reduce(0, +) / Double(deviations.count)
    smallest = deviations.min() ?? 0
    largest = deviations.max() ?? 0
    directions = FeatureSpread.directions(features)
  }
}

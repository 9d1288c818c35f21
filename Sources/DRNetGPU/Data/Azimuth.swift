import Foundation

/// Factors of a view on a circle: cosine and sine, since 0 and 359 degrees are neighbours.
enum Azimuth {
  static let factorName = "azimuth"

  /// Of view `index` of `count` at even distances.
  static func factors(view index: Int, of count: Int) -> [Float] {
    let angle = 2 * Double.pi * Double(index) / Double(count)
    return [Float(cos(angle)), Float(sin(angle))]
  }
}

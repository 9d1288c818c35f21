import Foundation

/// The azimuth of a view as two factors, cosine and sine, since 0 and 359 degrees are neighbours.
enum Azimuth {
  static let factor = ClipFactor("azimuth", size: 2)

  /// The factors of view `index` of `count` evenly spaced ones.
  static func factors(view index: Int, of count: Int) -> [Float] {
    let angle = 2 * Double.pi * Double(index) / Double(count)
    return [Float(cos(angle)), Float(sin(angle))]
  }
}

/// How a pyramid of feature maps shrinks from a frame to a few pixels, each level half as large as the one before.
enum Pyramid {
  /// Pixels of the last maps.
  static let coarsest = 4

  /// Halvings from a frame of `imageSize` pixels to a map of `mapSize`: to 4 pixels 4 at 64 px, 5 at 128.
  static func halvings(_ imageSize: Int, to mapSize: Int = coarsest) -> Int {
    (imageSize / mapSize).trailingZeroBitCount
  }

  /// Filters of `levels` levels: twice as many on each, up to 8 times `width`.
  static func filters(_ levels: Int, width: Int) -> [Int] { (0..<levels).map { width * min(1 << $0, 8) } }
}

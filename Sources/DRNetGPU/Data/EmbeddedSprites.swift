import Foundation
import TensorEngine

/// Ten shapes that the program draws, in any colour: data that need no file.
///
/// The class is the shape; size, tilt and colour vary. Held-out objects have hues that training never sees: the hue
/// circle is cut into 24 bands that belong to the two splits alternately. If there are several objects, each takes its
/// hue from its own third of the circle, so that they can be told apart. Grey shapes have the luma of their colour.
public struct EmbeddedSprites: SpriteSource {
  enum ShapeClass: Int, CaseIterable {
    case disc, ring, square, bar, cross, triangle, diamond, star, ell, tee

    /// Distance in pixels, negative inside, from the border of the shape of radius r around the origin; y points down.
    /// It is exact near straight borders, which is enough for antialiasing.
    func distance(_ x: Float, _ y: Float, radius r: Float) -> Float {
      switch self {
      case .disc: hypotf(x, y) - r
      case .ring: abs(hypotf(x, y) - 0.75 * r) - 0.25 * r
      case .square: Self.box(x, y, 0.8 * r, 0.8 * r)
      case .bar: Self.box(x, y, r, 0.3 * r)
      case .cross: min(Self.box(x, y, r, 0.3 * r), Self.box(x, y, 0.3 * r, r))
      case .triangle: max(y, 0.866 * abs(x) - 0.5 * y) - 0.5 * r
      case .diamond: (abs(x) + 0.6 * abs(y) - 0.6 * r) * 0.857
      case .star: Self.star(x, y, r)
      case .ell: min(Self.box(x + 0.4 * r, y, 0.25 * r, 0.8 * r), Self.box(x, y - 0.55 * r, 0.65 * r, 0.25 * r))
      case .tee: min(Self.box(x, y + 0.55 * r, 0.75 * r, 0.25 * r), Self.box(x, y, 0.25 * r, 0.8 * r))
      }
    }

    private static func box(_ x: Float, _ y: Float, _ halfWidth: Float, _ halfHeight: Float) -> Float {
      max(abs(x) - halfWidth, abs(y) - halfHeight)
    }

    /// Five points of radius r, notches of radius 0.45 r. By symmetry, half of one point is enough.
    private static func star(_ x: Float, _ y: Float, _ r: Float) -> Float {
      let sector = 2 * Float.pi / 5
      let angle = atan2f(x, -y)
      let folded = abs(angle - sector * (angle / sector).rounded())
      let length = hypotf(x, y)
      let (along, across) = (length * cosf(folded), length * sinf(folded))
      let notch = (along: 0.45 * r * cosf(sector / 2), across: 0.45 * r * sinf(sector / 2))
      let edge = (along: notch.along - r, across: notch.across)
      return ((along - r) * edge.across - across * edge.along) / hypotf(edge.along, edge.across)
    }
  }

  static let hueBands = 24

  /// Height and width of a picture in pixels.
  public let spriteSize: Int
  private let isGrey: Bool

  /// - Parameters:
  ///   - spriteSize: height and width of a picture in pixels.
  ///   - isGrey: whether shapes are grey.
  public init(spriteSize: Int = 32, isGrey: Bool = false) {
    self.spriteSize = spriteSize
    self.isGrey = isGrey
  }

  /// 1 if shapes are grey, otherwise 3.
  public func channels(objects: Int) -> Int { isGrey ? 1 : 3 }
  /// Names of the shapes.
  public var classNames: [String] { ShapeClass.allCases.map { "\($0)" } }
  /// One line for the user.
  public var summary: String { "embedded shapes (\(ShapeClass.allCases.count) classes, drawn by the program)" }
  /// nil: every draw makes a new shape.
  public func spriteCount(_ split: Split) -> Int? { nil }

  /// Draws shape, size, tilt and colour of object `index` of `objects`.
  public func drawSprite(
    _ split: Split, object index: Int, of objects: Int, random: inout CounterRandom
  ) -> Sprite {
    let label = random.integer(in: 0...ShapeClass.allCases.count - 1)
    let radius = random.uniform(in: 9...14) * Float(spriteSize) / 32
    let tilt = random.uniform(in: -0.2...0.2)
    let pairs = Self.hueBands / 2
    let pair = index * pairs / objects + random.integer(in: 0...(objects == 1 ? pairs : pairs / 3) - 1)
    let hue = (Float(2 * pair + (split == .training ? 0 : 1)) + random.uniform()) / Float(Self.hueBands)
    let colour = Self.colour(
      hue: hue, saturation: random.uniform(in: 0.7...1), brightness: random.uniform(in: 0.75...1))
    return Sprite(
      label: label, coverage: coverage(ShapeClass.allCases[label], radius: radius, tilt: tilt),
      colour: isGrey ? [Self.luma(colour)] : colour)
  }

  /// Share of each pixel of the sprite that lies inside the shape, approximated as linear in the distance across one
  /// pixel.
  func coverage(_ shape: ShapeClass, radius: Float, tilt: Float) -> [Float] {
    let (cosine, sine) = (cosf(tilt), sinf(tilt))
    let centre = Float(spriteSize) / 2
    return [Float](unsafeUninitializedCapacity: spriteSize * spriteSize) { buffer, count in
      for row in 0..<spriteSize {
        for column in 0..<spriteSize {
          let (x, y) = (Float(column) + 0.5 - centre, Float(row) + 0.5 - centre)
          let distance = shape.distance(cosine * x + sine * y, cosine * y - sine * x, radius: radius)
          buffer[row * spriteSize + column] = min(max(0.5 - distance, 0), 1)
        }
      }
      count = spriteSize * spriteSize
    }
  }

  /// Rec. 601 luma of a colour.
  static func luma(_ colour: [Float]) -> Float { 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2] }

  /// Red, green and blue of a hue in [0, 1).
  static func colour(hue: Float, saturation: Float, brightness: Float) -> [Float] {
    [Float(0), 2, 1].map { third in
      let around = (hue + third / 3).truncatingRemainder(dividingBy: 1)
      let share = min(max(abs(around * 6 - 3) - 1, 0), 1)
      return brightness * (1 - saturation + saturation * share)
    }
  }
}

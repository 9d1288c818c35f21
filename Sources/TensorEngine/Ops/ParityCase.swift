/// One set of inputs on which an op's kernels must agree with its reference,
/// and its reference with central differences.
public struct ParityCase: Sendable {
  public var name: String
  public var op: any Op
  public var inputs: [TensorType]
  /// How inputs are drawn, by input. Default: uniform in [-1, 1).
  public var draws: [Int: Draw]
  /// Allowed error of output i: |d - r| <= absolute + relative * |r| for every element.
  public var tolerance: Tolerance
  /// Whether the case is small enough for a checker that runs a million times slower than a device.
  public var isSmall: Bool { inputs.reduce(0) { $0 + $1.shape.count } <= 4096 }

  /// How the elements of an input are drawn.
  public enum Draw: Sendable {
    case uniform(ClosedRange<Float>)
    /// 0 or 1.
    case bits
    /// 0, 1, ... below a limit.
    case wholeNumbers(below: Int)
    /// Uniform, but with |x| >= 0.05: away from the kink of a rectifier, where central differences are invalid.
    case awayFromZero
    /// Uniform in [-1, 1), except for an infinite last element.
    case withInfinity
  }

  /// Allowed error of an element d whose right value is r: |d - r| <= absolute + relative * |r|.
  public struct Tolerance: Sendable {
    public var absolute: Float
    public var relative: Float

    public init(absolute: Float, relative: Float) {
      self.absolute = absolute
      self.relative = relative
    }

    /// Elementwise arithmetic: a few roundings.
    public static let elementwise = Tolerance(absolute: 1e-6, relative: 2e-6)

    /// For a result that is then stored as float16: adds half a unit in the
    /// last of its 11 bits, or of the smallest number.
    private var ofHalf: Tolerance { Tolerance(absolute: absolute + 0x1p-25, relative: relative + 0x1p-11) }

    /// For a result that is then stored in a layout.
    package func stored(in layout: BlockedLayout) -> Tolerance { layout.isHalf ? ofHalf : self }

    /// A sum of `terms` products of magnitude at most `magnitude`: rounding errors of float32 (6e-8 each) are a random
    /// walk, so the error grows with the square root of the length; 8 standard deviations.
    public static func sum(of terms: Int, magnitude: Float = 1) -> Tolerance {
      let walk = Float(terms).squareRoot() * 6e-8 * 8 * magnitude
      return Tolerance(absolute: max(walk, 1e-7), relative: max(walk, 2e-6))
    }
  }

  public init(
    _ name: String, _ op: any Op, _ inputs: [TensorType], draws: [Int: Draw] = [:], tolerance: Tolerance = .elementwise
  ) {
    self.name = name
    self.op = op
    self.inputs = inputs
    self.draws = draws
    self.tolerance = tolerance
  }
}

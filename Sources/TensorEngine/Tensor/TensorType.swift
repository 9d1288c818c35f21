/// What a tensor is used for. It and the shape decide a tensor's layout on a device; the host form is always row-major.
public enum TensorRole: Hashable, Sendable {
  /// Images, feature maps (N, C, H, W) and vectors (N, D).
  case features
  /// Weights of a convolution (K, C, R, S), a transposed convolution (C_in, C_out, R, S) or a linear layer (K, C),
  /// their gradients and their optimiser state.
  case filter
  /// One number per channel: (C).
  case channels
  /// Losses and other single numbers.
  case plain
}

/// Shape and role: all that is known of a tensor before it is allocated.
public struct TensorType: Hashable, Sendable, CustomStringConvertible {
  public var shape: Shape
  public var role: TensorRole

  public init(_ shape: Shape, _ role: TensorRole) {
    self.shape = shape
    self.role = role
  }

  public static func features(_ extents: Int...) -> TensorType { TensorType(Shape(extents), .features) }
  public static func filter(_ extents: Int...) -> TensorType { TensorType(Shape(extents), .filter) }
  public static func channels(_ count: Int) -> TensorType { TensorType(Shape(count), .channels) }
  public static let scalar = TensorType(Shape(1), .plain)

  public var description: String { "\(role)\(shape)" }
}

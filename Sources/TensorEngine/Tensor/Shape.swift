/// The sizes of a tensor's axes, outermost first: (N, C, H, W) for images and feature maps, (N, D) for vectors,
/// (K, C, R, S) for filters, (C) for per-channel parameters, (1) for a loss.
public struct Shape: Hashable, Sendable, CustomStringConvertible, ExpressibleByArrayLiteral {
  public var extents: [Int]

  public init(_ extents: [Int]) { self.extents = extents }
  public init(_ extents: Int...) { self.extents = extents }
  public init(arrayLiteral extents: Int...) { self.extents = extents }

  public var rank: Int { extents.count }
  /// Number of elements; 1 for rank 0.
  public var count: Int { extents.reduce(1, *) }
  public subscript(axis: Int) -> Int { extents[axis] }
  public var description: String { "(" + extents.map(String.init).joined(separator: ", ") + ")" }

  /// N of (N, C, H, W) or (N, D).
  public var batch: Int { extents[0] }
  /// C of (N, C, H, W), D of (N, D).
  public var channels: Int { extents[1] }
  /// H of (N, C, H, W); 1 for (N, D).
  public var height: Int { rank > 2 ? extents[2] : 1 }
  /// W of (N, C, H, W); 1 for (N, D).
  public var width: Int { rank > 3 ? extents[3] : 1 }
}

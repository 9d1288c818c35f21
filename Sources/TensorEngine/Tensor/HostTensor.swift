/// A tensor in host memory: dense, row-major float32. Data, checkpoints and
/// results have this form, whatever the layout on the device.
public struct HostTensor: Equatable, Sendable {
  public let shape: Shape
  /// `shape.count` elements, last axis fastest.
  public var values: [Float]

  public init(_ shape: Shape, _ values: [Float]) {
    precondition(values.count == shape.count, "\(values.count) values for shape \(shape)")
    self.shape = shape
    self.values = values
  }

  public init(_ shape: Shape, repeating value: Float = 0) {
    self.init(shape, [Float](repeating: value, count: shape.count))
  }

  /// The same elements with another shape of equal count.
  public func reshaped(_ shape: Shape) -> HostTensor { HostTensor(shape, values) }

  /// Rows of the first axis, as a tensor of the same rank.
  public func rows(_ range: Range<Int>) -> HostTensor {
    let size = shape.count / max(shape[0], 1)
    return HostTensor(
      Shape([range.count] + shape.extents.dropFirst()), Array(values[range.lowerBound * size..<range.upperBound * size])
    )
  }

  /// The tensor, tiled `count` times along the first axis.
  public func repeated(_ count: Int) -> HostTensor {
    HostTensor(rows: [HostTensor](repeating: self, count: count), of: Shape(Array(shape.extents.dropFirst())))
  }

  /// Concatenates `parts` along the first axis; every row has the shape `row`.
  public init(rows parts: [HostTensor], of row: Shape) {
    let count = parts.reduce(0) { $0 + $1.shape[0] }
    self.init(Shape([count] + row.extents), parts.flatMap(\.values))
  }
}

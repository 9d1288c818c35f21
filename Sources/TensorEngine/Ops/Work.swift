/// The minimum work of an op, whatever computes it.
public struct Work: Hashable, Sendable {
  /// Multiplications and additions in sums of products; 0 for memory-bound ops.
  public var operations: Int
  /// Bytes if each input is read once and each output is written once.
  public var bytes: Int

  public init(operations: Int, bytes: Int) {
    self.operations = operations
    self.bytes = bytes
  }

  public static let none = Work(operations: 0, bytes: 0)

  public static func + (a: Work, b: Work) -> Work {
    Work(operations: a.operations + b.operations, bytes: a.bytes + b.bytes)
  }

  public static func * (work: Work, count: Int) -> Work {
    Work(operations: work.operations * count, bytes: work.bytes * count)
  }
}

extension TensorType {
  /// Bytes of the elements, without a device's padding.
  package func bytes(_ precision: Precision = .float) -> Int {
    let isHalf = BlockedLayout(self, precision).isHalf
    return shape.count * (isHalf ? MemoryLayout<Float16>.stride : MemoryLayout<Float>.stride)
  }
}

extension Op {
  public func work(_ inputs: [TensorType]) -> Work { Work(operations: 0, bytes: movedBytes(inputs)) }

  func movedBytes(_ inputs: [TensorType]) -> Int {
    (inputs + outputTypes(inputs)).reduce(0) { $0 + $1.bytes() }
  }

  /// Work of an op that is one `Convolution` from x to y: a multiplication and an addition for each element of y and
  /// each element of its window, including those over padding.
  func convolutionWork(_ inputs: [TensorType], y: TensorType, w: TensorType) -> Work {
    Work(operations: 2 * y.shape.count * (w.shape.count / w.shape[0]), bytes: movedBytes(inputs))
  }
}

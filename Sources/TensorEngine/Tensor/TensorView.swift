/// Row-major host memory that a reference reads or writes.
public struct TensorView<Scalar: ReferenceScalar>: @unchecked Sendable {
  public let shape: Shape
  public let base: UnsafeMutablePointer<Scalar>

  public init(_ shape: Shape, _ base: UnsafeMutablePointer<Scalar>) {
    self.shape = shape
    self.base = base
  }

  public var count: Int { shape.count }
  @inline(__always)
  public subscript(index: Int) -> Scalar {
    get { base[index] }
    nonmutating set { base[index] = newValue }
  }
}

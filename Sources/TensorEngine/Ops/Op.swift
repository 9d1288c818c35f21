/// A computation declared once for every backend.
///
/// An op is a value: its attributes are stored properties, its tensors are passed in.
/// `reference` defines what it computes; `plan` says which kernels compute the same on an
/// OpenCL device; `parityCases` are the inputs on which tests compare the two. Ops are
/// Hashable so that backends can cache plans, and Codable so that files can store attributes.
public protocol Op: Hashable, Codable, Sendable, CustomStringConvertible {
  /// Entry of the catalogue; see `OpName`.
  static var name: OpName { get }

  /// Outputs that may overwrite an input, as output -> input. Default: none. Any other sharing of memory traps.
  static var inPlace: [Int: Int] { get }

  /// Shape rule: types of the outputs for inputs of these types. Traps on inputs that no caller may pass.
  func outputTypes(_ inputs: [TensorType]) -> [TensorType]

  /// Computes the outputs in row-major host memory. Every element of every output is written. Sums are taken in
  /// Double; matrix products may go through BLAS. An output may share memory with the input named by `inPlace`.
  func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>])

  /// The kernels that compute the op. Pure: the same types and traits always give the same plan.
  func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan

  /// The minimum that the op must compute and move; benchmarks compare with it.
  func work(_ inputs: [TensorType]) -> Work

  /// Whether the plan depends on a `Tiling`; true for matrix products.
  func takesTiling(_ inputs: [TensorType]) -> Bool

  /// Inputs for the parity, gradient and golden tests: at least one of size 1 and one of odd extents.
  static var parityCases: [ParityCase] { get }
}

extension Op {
  public static var inPlace: [Int: Int] { [:] }

  /// The op with its attributes, such as `Conv2DForward(stride: 2, padding: 1)`. It is the key of stored tunings.
  public var description: String {
    let attributes = Mirror(reflecting: self).children.map { "\($0.label ?? "_"): \($0.value)" }
    return "\(Self.self)(\(attributes.joined(separator: ", ")))"
  }
}

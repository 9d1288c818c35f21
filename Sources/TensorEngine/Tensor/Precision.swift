/// In what format a device stores tensors. Arithmetic is in float32 everywhere, and so are weights, their gradients,
/// statistics, vectors and images.
public enum Precision: String, Codable, CaseIterable, Hashable, Sendable {
  /// float32 throughout.
  case float
  /// Feature maps and their gradients are stored as float16, which halves the memory that they take and the bytes that
  /// kernels move; for GPUs. Gradients are scaled so that small ones do not become zero: see `LossScale`.
  case mixed
}

/// The format in which a device stores tensors. Arithmetic is always in float32, and so are weights, their gradients,
/// statistics, vectors and images.
public enum Precision: String, Codable, CaseIterable, Hashable, Sendable {
  /// float32 throughout.
  case float
  /// Feature maps and their gradients are stored as float16, which halves their memory and the bytes that kernels move.
  /// Only for GPUs. The loss is scaled so that small gradients do not become zero: see `LossScale`.
  case mixed
}

/// What a plan may depend on: capabilities that a device reports, never its vendor.
public struct DeviceTraits: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable { case cpu, gpu, accelerator }
  public var kind: Kind
  public var computeUnits: Int
  public var maxWorkGroupSize: Int
  public var localMemoryBytes: Int
  /// Floats in the device's native vector: 16 for AVX-512, 8 for AVX2, 1 on most GPUs.
  public var nativeVectorWidth: Int
  /// Fewest work-items that the device runs in step, sharing each instruction; 0 where it does not tell.
  public var subGroupWidth: Int
  /// In what format tensors are stored.
  public var precision: Precision
  /// How products of matrices are cut up; nil for the estimated best.
  var tiling: Tiling?

  public init(
    kind: Kind, computeUnits: Int, maxWorkGroupSize: Int, localMemoryBytes: Int, nativeVectorWidth: Int = 8,
    subGroupWidth: Int = 0, precision: Precision = .float
  ) {
    self.kind = kind
    self.computeUnits = computeUnits
    self.maxWorkGroupSize = maxWorkGroupSize
    self.localMemoryBytes = localMemoryBytes
    self.nativeVectorWidth = nativeVectorWidth
    self.subGroupWidth = subGroupWidth
    self.precision = precision
  }
}

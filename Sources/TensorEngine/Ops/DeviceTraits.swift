/// The properties of a device that plans may depend on: capabilities that it reports, never its vendor.
public struct DeviceTraits: Hashable, Sendable {
  /// What decides which kernels suit the device.
  public enum Kind: String, Hashable, Sendable { case cpu, gpu, accelerator }
  public var kind: Kind
  public var computeUnits: Int
  public var maxWorkGroupSize: Int
  public var localMemoryBytes: Int
  /// Floats in the device's native vector: 16 for AVX-512, 8 for AVX2, 1 on most GPUs.
  public var nativeVectorWidth: Int
  /// Minimum sub-group width: work-items that execute in lockstep; 0 if the device does not report it.
  public var subGroupWidth: Int
  /// The format in which tensors are stored.
  public var precision: Precision
  /// The tiling of matrix products; nil for the one that is estimated to be the fastest.
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

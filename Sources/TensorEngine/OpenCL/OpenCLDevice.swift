import COpenCL

/// Properties that a device reports: all that selection, reports and plans need.
public struct DeviceFacts: Hashable, Sendable {
  /// The kind that the driver reports.
  public enum Kind: String, Hashable, Sendable {
    case gpu = "GPU"
    case accelerator
    case cpu = "CPU"
    case other
  }

  public var name = ""
  public var platform = ""
  public var platformVersion = ""
  public var version = ""
  public var driver = ""
  public var kind = Kind.other
  public var computeUnits = 0
  public var clockMegahertz = 0
  public var memoryBytes = 0
  public var largestAllocationBytes = 0
  public var localMemoryBytes = 0
  public var maxWorkGroupSize = 1
  /// Required alignment of the start of a buffer or sub-buffer.
  public var alignmentBytes = 128
  /// Floats in a native vector.
  public var floatVectorWidth = 1
  public var hasHalfPrecision = false
  public var hasSubGroups = false
  /// Minimum sub-group width in work-items; 0 if the device does not report it.
  public var subGroupWidth = 0
  /// Why the device does not tell these properties; nil if it does.
  public var failure: OpenCLStatus?
  public var isAvailable = true
  public var hasCompiler = true

  public init() {}

  /// The reason why the device cannot run kernels; nil if it can.
  public var obstacle: String? {
    if let failure { return "it does not tell its properties (\(failure))" }
    if !isAvailable { return "the device is not available (CL_DEVICE_NOT_AVAILABLE)" }
    if !hasCompiler { return "its driver has no compiler (CL_COMPILER_NOT_AVAILABLE)" }
    return nil
  }
}

/// A device of an OpenCL platform.
public struct OpenCLDevice: @unchecked Sendable {
  public let facts: DeviceFacts
  let platformID: cl_platform_id
  let deviceID: cl_device_id

  init(platform: OpenCLPlatform, deviceID: cl_device_id) {
    platformID = platform.id
    self.deviceID = deviceID
    var facts = DeviceFacts()
    facts.platform = platform.name
    facts.platformVersion = platform.version
    var query = DeviceQuery(id: deviceID)
    facts.name = query.text(CL_DEVICE_NAME)
    facts.version = query.text(CL_DEVICE_VERSION)
    facts.driver = query.text(CL_DRIVER_VERSION)
    let kind = query.value(CL_DEVICE_TYPE, cl_device_type.self)
    facts.kind =
      if kind & cl_device_type(CL_DEVICE_TYPE_GPU) != 0 {
        .gpu
      } else if kind & cl_device_type(CL_DEVICE_TYPE_ACCELERATOR) != 0 {
        .accelerator
      } else if kind & cl_device_type(CL_DEVICE_TYPE_CPU) != 0 { .cpu } else { .other }
    facts.computeUnits = Int(query.value(CL_DEVICE_MAX_COMPUTE_UNITS, cl_uint.self))
    facts.clockMegahertz = Int(query.value(CL_DEVICE_MAX_CLOCK_FREQUENCY, cl_uint.self))
    facts.memoryBytes = Int(clamping: query.value(CL_DEVICE_GLOBAL_MEM_SIZE, cl_ulong.self))
    facts.largestAllocationBytes = Int(clamping: query.value(CL_DEVICE_MAX_MEM_ALLOC_SIZE, cl_ulong.self))
    facts.localMemoryBytes = Int(clamping: query.value(CL_DEVICE_LOCAL_MEM_SIZE, cl_ulong.self))
    facts.maxWorkGroupSize = query.value(CL_DEVICE_MAX_WORK_GROUP_SIZE, Int.self)
    facts.alignmentBytes = Int(query.value(CL_DEVICE_MEM_BASE_ADDR_ALIGN, cl_uint.self)) / 8
    facts.floatVectorWidth = Int(query.value(CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, cl_uint.self))
    let extensions = query.text(CL_DEVICE_EXTENSIONS).split(separator: " ")
    facts.hasHalfPrecision = extensions.contains("cl_khr_fp16")
    // Sub-groups are core in OpenCL 2.1 and optional in 3.0. A device that has them reports a number here.
    facts.hasSubGroups =
      extensions.contains("cl_khr_subgroups") || extensions.contains("cl_intel_subgroups")
      || query.optional(CL_DEVICE_MAX_NUM_SUB_GROUPS, cl_uint.self) > 0
    facts.subGroupWidth = query.subGroupWidth
    facts.isAvailable = query.value(CL_DEVICE_AVAILABLE, cl_bool.self) != 0
    facts.hasCompiler = query.value(CL_DEVICE_COMPILER_AVAILABLE, cl_bool.self) != 0
    facts.failure = platform.failure ?? query.failure
    self.facts = facts
  }
}

/// Asks a device for its properties.
private struct DeviceQuery {
  let id: cl_device_id
  /// Of the first query that failed which every device answers.
  private(set) var failure: OpenCLStatus?

  /// A text that every device reports; empty if it fails.
  mutating func text(_ parameter: Int32) -> String {
    openCLText { size, bytes, length in
      let status = clGetDeviceInfo(id, cl_device_info(parameter), size, bytes, length)
      note(status)
      return status
    }
  }

  /// A number that every device reports; 0 if it fails.
  mutating func value<Value: FixedWidthInteger>(_ parameter: Int32, _ type: Value.Type) -> Value {
    let (value, status) = ask(parameter, type)
    note(status)
    return value
  }

  /// A number that not every device knows; then 0.
  func optional<Value: FixedWidthInteger>(_ parameter: Int32, _ type: Value.Type) -> Value {
    ask(parameter, type).value
  }

  private func ask<Value: FixedWidthInteger>(
    _ parameter: Int32, _ type: Value.Type
  ) -> (value: Value, status: Int32) {
    var value: Value = 0
    let status = clGetDeviceInfo(id, cl_device_info(parameter), MemoryLayout<Value>.size, &value, nil)
    return (status == CL_SUCCESS ? value : 0, status)
  }

  private mutating func note(_ status: Int32) {
    if status != CL_SUCCESS, failure == nil { failure = OpenCLStatus(status) }
  }

  /// Each vendor has its own query, which other devices do not know: cl_intel_required_subgroup_size (all sizes that a
  /// kernel can be compiled for), cl_nv_device_attribute_query, cl_amd_device_attribute_query.
  var subGroupWidth: Int {
    let (subGroupSizesIntel, warpSizeNV, wavefrontWidthAMD): (Int32, Int32, Int32) = (0x4108, 0x4003, 0x4043)
    var sizes = [Int](repeating: 0, count: 16)
    let bytes = sizes.count * MemoryLayout<Int>.stride
    if clGetDeviceInfo(id, cl_device_info(subGroupSizesIntel), bytes, &sizes, nil) == CL_SUCCESS,
      let narrowest = sizes.filter({ $0 > 0 }).min()
    {
      return narrowest
    }
    return Int(max(optional(warpSizeNV, cl_uint.self), optional(wavefrontWidthAMD, cl_uint.self)))
  }
}

/// An OpenCL driver and its devices.
public struct OpenCLPlatform: @unchecked Sendable {
  public let name: String
  public let version: String
  let id: cl_platform_id
  /// Of the first query that failed.
  let failure: OpenCLStatus?

  init(_ id: cl_platform_id) {
    self.id = id
    var failure: OpenCLStatus?
    func text(_ parameter: Int32) -> String {
      openCLText { size, bytes, length in
        let status = clGetPlatformInfo(id, cl_platform_info(parameter), size, bytes, length)
        if status != CL_SUCCESS, failure == nil { failure = OpenCLStatus(status) }
        return status
      }
    }
    name = text(CL_PLATFORM_NAME)
    version = text(CL_PLATFORM_VERSION)
    self.failure = failure
  }
}

/// Queries a text in OpenCL's two steps: its size, then its bytes.
func openCLText(_ ask: (Int, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?) -> Int32) -> String {
  var size = 0
  guard ask(0, nil, &size) == CL_SUCCESS, size > 0 else { return "" }
  var bytes = [UInt8](repeating: 0, count: size)
  guard ask(size, &bytes, nil) == CL_SUCCESS else { return "" }
  let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  return String(text.trimmingPrefix(while: \.isWhitespace))
}

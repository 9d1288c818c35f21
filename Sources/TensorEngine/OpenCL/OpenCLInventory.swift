import COpenCL

/// All OpenCL platforms of this computer and their devices, in the loader's order.
public struct OpenCLInventory: Sendable {
  /// A platform and its devices; `problem` says why there are none.
  public struct Entry: Sendable {
    public let platform: OpenCLPlatform
    public let devices: [OpenCLDevice]
    public let problem: OpenCLStatus?
  }

  public let entries: [Entry]
  /// The reason why there is no device; nil if there is one.
  public let problem: DeviceError?

  /// All devices; positions in it are the devices' indices.
  public var devices: [OpenCLDevice] { entries.flatMap(\.devices) }

  /// Queries the loader, once.
  public init() {
    let (status, ids) = Self.all(clGetPlatformIDs)
    guard status == CL_SUCCESS, !ids.isEmpty else {
      entries = []
      let found = status == CL_SUCCESS ? .platformNotFound : OpenCLStatus(status)
      problem = found == .platformNotFound ? .noPlatform(found) : .call(found, doing: "listing the OpenCL platforms")
      return
    }
    let entries = ids.map(Self.entry)
    self.entries = entries
    problem = entries.allSatisfy(\.devices.isEmpty) ? Self.problem(of: entries) : nil
  }

  /// Why no platform has a device: that there is none, or that a driver failed.
  private static func problem(of entries: [Entry]) -> DeviceError {
    for entry in entries {
      guard let failure = entry.problem, failure != OpenCLStatus(CL_DEVICE_NOT_FOUND) else { continue }
      return .call(failure, doing: "listing the devices of \(entry.platform.name)")
    }
    return .noDevice(platforms: entries.map(\.platform.name))
  }

  private static func entry(_ id: cl_platform_id) -> Entry {
    let platform = OpenCLPlatform(id)
    let (status, ids) = all { clGetDeviceIDs(id, cl_device_type(CL_DEVICE_TYPE_ALL), $0, $1, $2) }
    guard status == CL_SUCCESS, !ids.isEmpty else {
      let problem = OpenCLStatus(status == CL_SUCCESS ? CL_DEVICE_NOT_FOUND : status)
      return Entry(platform: platform, devices: [], problem: problem)
    }
    let devices = ids.map { OpenCLDevice(platform: platform, deviceID: $0) }
    return Entry(platform: platform, devices: devices, problem: nil)
  }

  /// Asks `query` how many there are, then for all of them.
  private static func all<ID>(
    _ query: (cl_uint, UnsafeMutablePointer<ID?>?, UnsafeMutablePointer<cl_uint>?) -> cl_int
  ) -> (status: cl_int, ids: [ID]) {
    var count: cl_uint = 0
    let status = query(0, nil, &count)
    guard status == CL_SUCCESS, count > 0 else { return (status, []) }
    var ids = [ID?](repeating: nil, count: Int(count))
    return (query(count, &ids, nil), ids.compactMap(\.self))
  }
}

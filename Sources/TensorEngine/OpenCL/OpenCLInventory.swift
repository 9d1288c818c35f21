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
    var count: cl_uint = 0
    let status = clGetPlatformIDs(0, nil, &count)
    guard status == CL_SUCCESS, count > 0 else {
      entries = []
      let found = status == CL_SUCCESS ? .platformNotFound : OpenCLStatus(status)
      problem = found == .platformNotFound ? .noPlatform(found) : .call(found, doing: "listing the OpenCL platforms")
      return
    }
    var ids = [cl_platform_id?](repeating: nil, count: Int(count))
    clGetPlatformIDs(count, &ids, nil)
    let entries = ids.compactMap { $0 }.map(Self.entry)
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
    var count: cl_uint = 0
    let everything = cl_device_type(CL_DEVICE_TYPE_ALL)
    let status = clGetDeviceIDs(id, everything, 0, nil, &count)
    guard status == CL_SUCCESS, count > 0 else {
      let problem = OpenCLStatus(status == CL_SUCCESS ? CL_DEVICE_NOT_FOUND : status)
      return Entry(platform: platform, devices: [], problem: problem)
    }
    var ids = [cl_device_id?](repeating: nil, count: Int(count))
    clGetDeviceIDs(id, everything, count, &ids, nil)
    let devices = ids.compactMap { $0 }.map { OpenCLDevice(platform: platform, deviceID: $0) }
    return Entry(platform: platform, devices: devices, problem: nil)
  }
}

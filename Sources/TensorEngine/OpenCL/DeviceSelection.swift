/// The requested backend.
public enum BackendChoice: String, CaseIterable, Sendable { case auto, opencl, cpu }

/// The device that computes, and the reason for the choice.
public struct DeviceSelection: Equatable, Sendable {
  /// Where to compute.
  public enum Target: Equatable, Sendable {
    /// Position in the list of devices.
    case openCL(Int)
    /// The CPU backend, without OpenCL.
    case cpu
  }

  public let target: Target
  /// The choice as text for users, such as "using the CPU backend".
  public let choice: String
  /// The reason for the choice; nil if the caller asked for it.
  public let reason: String?

  /// Chooses a device.
  ///
  /// - Parameters:
  ///   - backend: the requested backend.
  ///   - device: the requested device, as an index or (a part of) a name; nil for any.
  ///   - devices: the available devices, in index order.
  ///   - problem: why `devices` is empty.
  /// - Throws: if there is no such device, or none that can be used.
  public init(
    backend: BackendChoice, device: String?, among devices: [DeviceFacts], problem: DeviceError? = nil
  ) throws(DeviceError) {
    if backend == .cpu {
      if let device { throw .deviceWithoutOpenCL(device) }
      self.init(reason: nil)
    } else if let device {
      if devices.isEmpty { throw problem ?? .noDevice(platforms: []) }
      let index = try Self.find(device, among: devices)
      if let obstacle = devices[index].obstacle { throw .unusableDevice(devices[index].name, reason: obstacle) }
      self.init(index, devices, reason: nil)
    } else if let (index, reason) = Self.best(of: devices) {
      self.init(index, devices, reason: reason)
    } else if backend == .opencl {
      guard let first = devices.first, let obstacle = first.obstacle else {
        throw problem ?? .noDevice(platforms: [])
      }
      throw .unusableDevice(first.name, reason: obstacle)
    } else if let problem, case .call = problem {
      // OpenCL is there and fails, which is not to be taken for its absence.
      throw problem
    } else if let (device, failure) = devices.lazy.compactMap({ device in device.failure.map { (device, $0) } }).first {
      throw .call(failure, doing: "asking \(device.platform) for a device's properties")
    } else {
      let why =
        devices.isEmpty ? (problem.map(Self.short) ?? "there is no OpenCL device") : "no OpenCL device is usable"
      self.init(reason: why)
    }
  }

  /// The CPU backend.
  private init(reason: String?) {
    target = .cpu
    choice = "using the CPU backend"
    self.reason = reason
  }

  private init(_ index: Int, _ devices: [DeviceFacts], reason: String?) {
    target = .openCL(index)
    choice = "using OpenCL device \(index), \(devices[index].name) (\(devices[index].platform))"
    self.reason = reason
  }

  /// The first usable GPU; if there is none, the first accelerator, then the first CPU device.
  private static func best(of devices: [DeviceFacts]) -> (Int, String)? {
    let order: [(DeviceFacts.Kind, String)] = [
      (.gpu, "the first GPU"), (.accelerator, "there is no GPU, and this is the first accelerator"),
      (.cpu, "there is no GPU or accelerator, and this is the first OpenCL CPU device"),
      (.other, "it is the only kind of OpenCL device here"),
    ]
    for (kind, reason) in order {
      if let index = devices.firstIndex(where: { $0.kind == kind && $0.obstacle == nil }) { return (index, reason) }
    }
    return nil
  }

  /// Matches an index, a whole name, or a part that only one name contains. Case does not matter.
  private static func find(_ wanted: String, among devices: [DeviceFacts]) throws(DeviceError) -> Int {
    if let index = Int(wanted), devices.indices.contains(index) { return index }
    let key = wanted.lowercased()
    let names = devices.map { $0.name.lowercased() }
    if let index = names.firstIndex(of: key) { return index }
    let partial = names.indices.filter { names[$0].contains(key) }
    if Int(wanted) == nil, !key.isEmpty, partial.count == 1 { return partial[0] }
    throw .unknownDevice(wanted, available: devices.enumerated().map { "\($0): \($1.name)" })
  }

  private static func short(_ problem: DeviceError) -> String {
    switch problem {
    case .noPlatform(let status): "no OpenCL driver is installed (\(status))"
    case .noDevice: "no OpenCL platform has a device (CL_DEVICE_NOT_FOUND)"
    default: problem.description
    }
  }
}

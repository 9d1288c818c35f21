/// The text of `drnet devices`.
package struct DeviceReport: CustomStringConvertible {
  /// A platform as the report shows it.
  package struct Platform: Sendable {
    package var name: String
    package var version: String
    package var devices: [DeviceFacts]
    package var problem: OpenCLStatus?

    package init(name: String, version: String, devices: [DeviceFacts], problem: OpenCLStatus? = nil) {
      self.name = name
      self.version = version
      self.devices = devices
      self.problem = problem
    }
  }

  package let description: String

  /// Reports the contents of an inventory.
  package init(_ inventory: OpenCLInventory) {
    self.init(
      inventory.entries.map {
        Platform(
          name: $0.platform.name, version: $0.platform.version, devices: $0.devices.map(\.facts), problem: $0.problem)
      }, problem: inventory.problem)
  }

  /// Reports platforms; `problem` says why there is no device.
  package init(_ platforms: [Platform], problem: DeviceError? = nil) {
    var lines: [String] = []
    var index = 0
    for platform in platforms {
      lines.append("\(platform.name), \(platform.version)")
      if let problem = platform.problem { lines.append("  no device (\(problem))") }
      for device in platform.devices {
        lines.append("  \(index): \(device.name)")
        lines += Self.rows(device).map { "       \($0.0.padded(to: 14)) \($0.1)" }
        index += 1
      }
    }
    if platforms.isEmpty, let problem { lines.append(problem.description) }
    lines.append("cpu: the CPU backend, always there; needs no OpenCL")
    let all = platforms.flatMap(\.devices)
    if let selection = try? DeviceSelection(backend: .auto, device: nil, among: all, problem: problem) {
      lines.append("auto: \(selection.choice)" + (selection.reason.map { ": \($0)" } ?? ""))
    }
    description = lines.joined(separator: "\n")
  }

  private static func rows(_ device: DeviceFacts) -> [(String, String)] {
    let usable = device.obstacle.map { [("not usable", $0)] } ?? []
    return usable + [
      ("type", device.kind.rawValue),
      ("compute units", "\(device.computeUnits) at \(device.clockMegahertz) MHz"),
      ("memory", ByteCount(device.memoryBytes).description),
      ("one buffer", "at most \(ByteCount(device.largestAllocationBytes))"),
      ("local memory", ByteCount(device.localMemoryBytes).description),
      ("float vector", "\(device.floatVectorWidth) wide"),
      ("fp16", device.hasHalfPrecision ? "yes" : "no"),
      ("sub-groups", device.hasSubGroups ? "yes" : "no"),
      ("driver", "\(device.driver), \(device.version)"),
    ]
  }
}

extension String {
  /// The text, padded with spaces to a width.
  fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

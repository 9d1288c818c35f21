import ArgumentParser
import DRNetGPU
import TensorEngine

struct DevicesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "devices", abstract: "Lists every OpenCL platform and device, and which one auto picks and why.",
    discussion: "Example:\n  drnet devices")

  func run() throws { print(DeviceReport(OpenCLInventory())) }
}

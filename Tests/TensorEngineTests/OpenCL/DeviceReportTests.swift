import COpenCL
import Testing

@testable import TensorEngine

@Suite struct DeviceReportTests {
  @Test func listsPlatformsDevicesAndTheChoice() {
    var gpu = DeviceFacts()
    (gpu.name, gpu.platform, gpu.kind, gpu.computeUnits, gpu.memoryBytes) = ("Big GPU", "B", .gpu, 40, 8 << 30)
    let empty = DeviceReport.Platform(
      name: "A", version: "OpenCL 1.2", devices: [], problem: OpenCLStatus(CL_DEVICE_NOT_FOUND))
    let text = DeviceReport([empty, DeviceReport.Platform(name: "B", version: "OpenCL 3.0", devices: [gpu])])
      .description
    #expect(text.hasPrefix("A, OpenCL 1.2\n  no device (CL_DEVICE_NOT_FOUND)\nB, OpenCL 3.0\n  0: Big GPU\n"))
    #expect(text.contains("compute units  40 at"))
    #expect(text.contains("memory         8 GiB"))
    #expect(text.hasSuffix("auto: using OpenCL device 0, Big GPU (B): the first GPU"))
  }

  @Test func saysWhereThereIsNoPlatform() {
    let text = DeviceReport([], problem: .noPlatform(.platformNotFound)).description
    #expect(text.hasPrefix("no OpenCL driver is installed (CL_PLATFORM_NOT_FOUND_KHR)"))
    #expect(text.hasSuffix("auto: using the CPU backend: no OpenCL driver is installed (CL_PLATFORM_NOT_FOUND_KHR)"))
  }
}

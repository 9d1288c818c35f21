import COpenCL
import Testing

@testable import TensorEngine

@Suite struct DeviceErrorTests {
  @Test func memoryErrorsSayWhatWasAskedAndHeld() {
    #expect(
      AllocationError.limitExceeded(asked: 6400, held: 3 << 20, limit: 4 << 20).description
        == "6.3 KiB (6400 bytes) more would exceed the memory limit of 4 MiB (4194304 bytes), 3 MiB (3145728 bytes) being "
        + "held")
    let status = OpenCLStatus(CL_MEM_OBJECT_ALLOCATION_FAILURE)
    let line = AllocationError.outOfMemory(reason: "\(status)", asked: 100, held: 200).description
    #expect(line.contains("100 bytes more, 200 bytes being held (CL_MEM_OBJECT_ALLOCATION_FAILURE)"))
  }

  @Test func failedCallsHaveTheirName() {
    #expect(
      DeviceError.call(OpenCLStatus(CL_INVALID_KERNEL_ARGS), doing: "running kernel adam").description
        == "running kernel adam: CL_INVALID_KERNEL_ARGS")
    #expect(
      DeviceError.call(OpenCLStatus(CL_DEVICE_NOT_AVAILABLE), doing: "x").description
        == "x: CL_DEVICE_NOT_AVAILABLE; the device seems to be lost")
    #expect(OpenCLStatus(-9999).description == "OpenCL error -9999")
  }

  @Test func buildErrorsShowTheFirstErrorsInOneLine() {
    let log = "\nwarning: dull\n  adam.cl:3:4: error: one\n\nadam.cl:5:6: error: two\nerror: three\nerror: four\n"
    let error = DeviceError.build(
      OpenCLStatus(CL_BUILD_PROGRAM_FAILURE), file: "adam.cl", defines: ["B": "2", "A": "1"], log: log)
    #expect(
      error.description == "adam.cl with A=1 B=2 does not build (CL_BUILD_PROGRAM_FAILURE): "
        + "adam.cl:3:4: error: one | adam.cl:5:6: error: two | error: three")
  }

  @Test func everyErrorIsOneLine() {
    let status = OpenCLStatus(CL_OUT_OF_RESOURCES)
    let errors: [DeviceError] = [
      .noPlatform(.platformNotFound), .noDevice(platforms: ["A", "B"]), .unknownDevice("x", available: ["0: A"]),
      .deviceWithoutOpenCL("x"), .unknownMemoryMode("x"), .unusableDevice("A", reason: "gone"),
      .noMixedPrecision("A", reason: "computes in float32"), .call(status, doing: "finishing"),
      .build(status, file: "a.cl", defines: [:], log: "a\nb\n\n"),
    ]
    for error in errors { #expect(!error.description.contains("\n") && !error.description.isEmpty) }
  }
}

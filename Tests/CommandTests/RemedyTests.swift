import COpenCL
import DRNetGPU
import Files
import Foundation
import TensorEngine
import Testing

@testable import Trainer

@Suite struct RemedyTests {
  private func call(_ code: Int32) -> DeviceError { .call(OpenCLStatus(code), doing: "running kernel adam") }

  @Test func errorsOfTheEngineGetTheFlagThatHelps() {
    let status = OpenCLStatus(-1001)
    let errors: [(any Error, String)] = [
      (
        AllocationError.limitExceeded(asked: 6400, held: 3 << 20, limit: 4 << 20),
        "6.3 KiB (6400 bytes) more would exceed the memory limit of 4 MiB (4194304 bytes), 3 MiB (3145728 bytes) being "
          + "held; raise --memory-limit, or use a smaller --batch-size or --width"
      ),
      (
        AllocationError.outOfMemory(reason: "CL_OUT_OF_RESOURCES", asked: 100, held: 200),
        "the device has no room for 100 bytes more, 200 bytes being held (CL_OUT_OF_RESOURCES); use a smaller "
          + "--batch-size or --width, or another --device"
      ),
      (
        DeviceError.noPlatform(status),
        "no OpenCL driver is installed (CL_PLATFORM_NOT_FOUND_KHR); install one, such as Debian's pocl-opencl-icd, or "
          + "use --backend cpu"
      ),
      (
        DeviceError.noDevice(platforms: ["A", "B"]),
        "no OpenCL platform has a device (CL_DEVICE_NOT_FOUND: A, B); install a driver for your device, or use "
          + "--backend cpu"
      ),
      (
        DeviceError.unknownDevice("x", available: ["0: A", "1: B"]),
        "--device x: no such device; there are 0: A, 1: B"
      ),
      (
        DeviceError.deviceWithoutOpenCL("x"),
        "--device x: --backend cpu has no devices to choose from; omit --device or use --backend opencl"
      ),
      (
        DeviceError.unusableDevice("A", reason: "its driver has no compiler (CL_COMPILER_NOT_AVAILABLE)"),
        "A: its driver has no compiler (CL_COMPILER_NOT_AVAILABLE); choose another --device, or use --backend cpu"
      ),
      (
        DeviceError.noMixedPrecision("the CPU backend", reason: "computes in float32"),
        "--precision mixed: the CPU backend computes in float32; choose a GPU, or use --precision float"
      ),
      (
        call(CL_DEVICE_NOT_AVAILABLE),
        "running kernel adam: CL_DEVICE_NOT_AVAILABLE; the device seems to be lost; check the system log and restart "
          + "with --resume, or choose another --device"
      ),
      (
        call(CL_OUT_OF_RESOURCES),
        "running kernel adam: CL_OUT_OF_RESOURCES; use a smaller --batch-size or --width, or another --device"
      ),
      (
        call(CL_COMPILER_NOT_AVAILABLE),
        "running kernel adam: CL_COMPILER_NOT_AVAILABLE; this device's driver has no compiler; choose another --device"
      ),
      (call(CL_INVALID_KERNEL_ARGS), "running kernel adam: CL_INVALID_KERNEL_ARGS"),
      (FileError(URL(filePath: "/x"), "torn"), "/x: torn"),
    ]
    for (error, line) in errors { #expect(Remedy.line(for: error) == line) }
  }

  @Test func theStatusFollowsFromTheType() {
    let ofUsage: [any Error] = [
      SettingError("width", 0, expected: "more"), DeviceError.unknownDevice("x", available: []),
      DeviceError.deviceWithoutOpenCL("x"), DeviceError.noMixedPrecision("A", reason: "has no half"),
    ]
    let others: [any Error] = [
      FileError("--width: a file of this name"), DeviceError.noPlatform(OpenCLStatus(-1001)),
      DeviceError.unusableDevice("A", reason: "gone"),
      AllocationError.limitExceeded(asked: 1, held: 1, limit: 1),
    ]
    for error in ofUsage { #expect(Remedy.isWrongUsage(for: error), "\(error)") }
    for error in others { #expect(!Remedy.isWrongUsage(for: error), "\(error)") }
  }
}

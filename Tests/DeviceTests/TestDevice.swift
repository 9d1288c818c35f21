import Foundation
import Testing

@testable import TensorEngine

/// The device that the tests run on: what `--backend opencl` takes, or the one that DRNET_TEST_DEVICE names.
enum TestDevice {
  static let device: OpenCLDevice? = {
    let inventory = OpenCLInventory()
    let name = ProcessInfo.processInfo.environment["DRNET_TEST_DEVICE"]
    let selection = try? DeviceSelection(
      backend: .opencl, device: name, among: inventory.devices.map(\.facts), problem: inventory.problem)
    guard case .openCL(let index)? = selection?.target else { return nil }
    return inventory.devices[index]
  }()

  static var isThere: Bool { device != nil }
  static var mayBeAbsent: Bool { ProcessInfo.processInfo.environment["DRNET_ALLOW_NO_DEVICE"] == "1" }

  /// A backend with kernels of the test's own.
  static func backend(
    _ library: KernelLibrary = arithmetic, folder: ProgramFolder? = nil, limit: Int? = nil,
    mode: MemoryMode = .pooled, profiling: Bool = false
  ) throws -> OpenCLBackend {
    try OpenCLBackend(
      #require(device), memoryLimit: limit, memoryMode: mode, profiling: profiling, library: library,
      programFolder: folder)
  }

  /// y[i] = scale * x[i] for i < count, and a kernel that writes `past` elements behind its output.
  static let arithmetic = KernelLibrary([
    KernelLibrary.File(
      name: "arithmetic.cl",
      text: """
        #ifndef BIAS
        #define BIAS 0
        #endif
        __kernel void scale(__global const float *x, __global float *y, float factor) {
          const size_t i = get_global_id(0);
          y[i] = factor * x[i] + BIAS;
        }
        __kernel __attribute__((reqd_work_group_size(1, 1, 1)))
        void overrun(__global float *y, int count, int past) {
          for (int i = 0; i < count + past; ++i) y[i] = 1;
        }
        """)
  ])

  /// A plan of one launch of `scale` on plain tensors.
  static func scale(_ count: Int, by factor: Float, bias: Int? = nil) -> LaunchPlan {
    let defines = bias.map { ["BIAS": "\($0)"] } ?? [:]
    return LaunchPlan([
      KernelLaunch(
        "scale", defines: defines, ["x": .input(0), "y": .output(0), "factor": .float(factor)], over: [count],
        groups: [1])
    ])
  }

  /// Calls `body` with the path of a folder that is gone afterwards.
  static func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let url = FileManager.default.temporaryDirectory.appending(path: "drnet-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url.path)
  }
}

@Test func thereIsADevice() {
  #expect(
    TestDevice.isThere || TestDevice.mayBeAbsent,
    "no OpenCL device: install a driver such as pocl-opencl-icd, or set DRNET_ALLOW_NO_DEVICE=1")
}

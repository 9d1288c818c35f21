import Testing

@testable import TensorEngine

@Suite struct DeviceSelectionTests {
  private func device(_ name: String, _ kind: DeviceFacts.Kind, isAvailable: Bool = true) -> DeviceFacts {
    var facts = DeviceFacts()
    (facts.name, facts.platform, facts.kind, facts.isAvailable) = (name, "Some Platform", kind, isAvailable)
    return facts
  }

  private var all: [DeviceFacts] {
    [device("Old CPU", .cpu), device("Fast Array", .accelerator), device("Big GPU", .gpu), device("Small GPU", .gpu)]
  }

  private func select(
    _ backend: BackendChoice, named name: String? = nil, _ devices: [DeviceFacts], problem: DeviceError? = nil
  ) throws -> DeviceSelection {
    try DeviceSelection(backend: backend, device: name, among: devices, problem: problem)
  }

  @Test func autoPrefersGPUThenAcceleratorThenCPU() throws {
    #expect(try select(.auto, all).target == .openCL(2))
    #expect(try select(.auto, Array(all.prefix(2))).target == .openCL(1))
    let last = try select(.auto, Array(all.prefix(1)))
    #expect(last.target == .openCL(0))
    #expect(
      last.reason == "there is no GPU or accelerator, and this is the first OpenCL CPU device")
    #expect(last.choice == "using OpenCL device 0, Old CPU (Some Platform)")
  }

  @Test func autoFallsBackToTheCPUBackendAndSaysWhy() throws {
    let selection = try select(.auto, [], problem: .noPlatform(.platformNotFound))
    #expect(selection.target == .cpu)
    #expect(
      selection.reason == "no OpenCL driver is installed (CL_PLATFORM_NOT_FOUND_KHR)")
    #expect(selection.choice == "using the CPU backend")
    #expect(
      try select(.auto, [], problem: .noDevice(platforms: ["P"])).reason
        == "no OpenCL platform has a device (CL_DEVICE_NOT_FOUND)")
  }

  @Test func autoPassesOverDevicesThatCannotCompute() throws {
    #expect(try select(.auto, [device("Gone", .gpu, isAvailable: false), device("C", .cpu)]).target == .openCL(1))
    #expect(try select(.auto, [device("Gone", .gpu, isAvailable: false)]).target == .cpu)
    #expect(throws: DeviceError.self) { try select(.opencl, [device("Gone", .gpu, isAvailable: false)]) }
    #expect(throws: DeviceError.self) { try select(.auto, named: "0", [device("Gone", .gpu, isAvailable: false)]) }
  }

  /// Else a training would go on with other numbers because a driver failed once.
  @Test func aFailingDriverIsNotTakenForNone() {
    let problem = DeviceError.call(OpenCLStatus(-6), doing: "listing the OpenCL platforms")
    #expect(throws: problem) { try select(.auto, [], problem: problem) }
    var silent = device("Silent", .gpu)
    silent.failure = OpenCLStatus(-33)
    #expect(throws: DeviceError.call(OpenCLStatus(-33), doing: "asking Some Platform for a device's properties")) {
      try select(.auto, [silent])
    }
    #expect(throws: DeviceError.self) { try select(.opencl, [silent]) }
    #expect(throws: Never.self) { try select(.auto, [silent, device("C", .cpu)]) }
  }

  @Test func openCLWithoutADeviceIsAnError() {
    let problem = DeviceError.noDevice(platforms: ["Empty"])
    #expect(throws: problem) { try select(.opencl, [], problem: problem) }
    #expect(throws: problem) { try select(.auto, named: "0", [], problem: problem) }
  }

  @Test(arguments: [("0", 0), ("3", 3), ("small gpu", 3), ("array", 1), ("Big", 2)])
  func findsADeviceByIndexOrName(_ name: String, _ index: Int) throws {
    #expect(try select(.auto, named: name, all).target == .openCL(index))
    let selection = try select(.opencl, named: name, all)
    #expect(selection.target == .openCL(index) && selection.reason == nil)
  }

  @Test(arguments: ["4", "-1", "GPU", "", "nothing"])
  func refusesUnknownAndAmbiguousNames(_ name: String) {
    let list = ["0: Old CPU", "1: Fast Array", "2: Big GPU", "3: Small GPU"]
    #expect(throws: DeviceError.unknownDevice(name, available: list)) { try select(.auto, named: name, all) }
  }

  @Test func theCPUBackendTakesNoDevice() throws {
    let selection = try select(.cpu, all)
    #expect(selection.target == .cpu && selection.reason == nil)
    #expect(throws: DeviceError.deviceWithoutOpenCL("0")) { try select(.cpu, named: "0", all) }
  }
}

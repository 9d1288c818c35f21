import Testing

@testable import TensorEngine

@Suite(.enabled(if: TestDevice.isThere), .exclusiveDevice) struct OpenCLBackendTests {
  @Test func runsAKernel() throws {
    let backend = try TestDevice.backend()
    let x = try backend.upload(HostTensor([5], [1, 2, 3, 4, 5]), as: .plain)
    let y = try backend.allocate(x.type)
    let plan = try backend.prepare(TestDevice.scale(5, by: 2, bias: 1))
    try backend.enqueue(plan, [x], [y])
    #expect(try backend.download(y).values == [3, 5, 7, 9, 11])
    #expect(backend.enqueuedKernels == [KernelVariant(kernel: "scale", defines: ["BIAS": "1"])])
  }

  @Test func runsInPlaceAndThroughWorkspaces() throws {
    let backend = try TestDevice.backend()
    let x = try backend.upload(HostTensor([3], [1, 2, 3]), as: .plain)
    let there = KernelLaunch(
      "scale", ["x": .input(0), "y": .workspace(0), "factor": .float(3)], over: [3], groups: [1])
    let back = KernelLaunch(
      "scale", ["x": .workspace(0), "y": .output(0), "factor": .float(5)], over: [3], groups: [1])
    let plan = try backend.prepare(LaunchPlan([there, back], workspaces: [3]))
    try backend.enqueue(plan, [x], [x])
    #expect(try backend.download(x).values == [15, 30, 45])
  }

  @Test(arguments: [
    TensorType.features(2, 3, 5, 7), .features(3, 17, 4, 4), .features(2, 21), .filter(17, 3, 4, 4), .filter(3, 18),
    .channels(5), .scalar,
  ])
  func uploadAndDownloadAreIdentity(_ type: TensorType) throws {
    let backend = try TestDevice.backend()
    let host = HostTensor(type.shape, (0..<type.shape.count).map { Float($0) + 1 })
    let tensor = try backend.upload(host, as: type.role)
    #expect(try backend.download(tensor) == host)
    #expect(try backend.deviceValues(tensor) == BlockedLayout(type).pack(host))
  }

  @Test func manyUploadsKeepTheirValues() throws {
    let backend = try TestDevice.backend()
    let tensors = try (0..<50).map { try backend.upload(HostTensor([1000], repeating: Float($0)), as: .plain) }
    for (index, tensor) in tensors.enumerated() {
      #expect(try backend.download(tensor).values == [Float](repeating: Float(index), count: 1000))
    }
  }

  @Test func timesEachLaunchWhenProfiling() throws {
    let backend = try TestDevice.backend(profiling: true)
    let x = try backend.upload(HostTensor([3], [1, 2, 3]), as: .plain)
    let plan = try backend.prepare(TestDevice.scale(3, by: 2))
    try backend.enqueue(plan, [x], [x])
    try backend.enqueue(plan, [x], [x])
    #expect(try backend.takeTimes().map(\.variant.kernel) == ["scale", "scale"])
    #expect(try backend.takeTimes().isEmpty)
  }

  @Test func aKernelThatDoesNotBuildGivesOneLine() throws {
    let text = "__kernel void broken(__global float *x) {\n  x[0] = undeclared_name;\n}\n"
    let backend = try TestDevice.backend(KernelLibrary([KernelLibrary.File(name: "broken.cl", text: text)]))
    let launch = KernelLaunch("broken", defines: ["TILE": "4"], ["x": .output(0)], over: [1])
    let error = #expect(throws: DeviceError.self) { try backend.prepare(LaunchPlan([launch])) }
    let line = try #require(error).description
    #expect(line.hasPrefix("broken.cl with TILE=4 does not build (CL_BUILD_PROGRAM_FAILURE)"))
    #expect(line.contains("undeclared_name"))
    #expect(!line.contains("\n"))
  }
}

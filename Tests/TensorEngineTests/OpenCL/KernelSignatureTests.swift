import Testing

@testable import TensorEngine

@Suite("Arguments and parameters of kernels")
struct KernelSignatureTests {
  /// Devices whose plans differ: narrow and wide vectors, GPUs with little known of them, with small work-groups, with
  /// wide sub-groups, and of mixed precision.
  private static let devices: [DeviceTraits] = {
    func device(
      _ kind: DeviceTraits.Kind, units: Int, group: Int = 1024, vector: Int = 1, subGroup: Int = 0,
      _ precision: Precision = .float
    ) -> DeviceTraits {
      DeviceTraits(
        kind: kind, computeUnits: units, maxWorkGroupSize: group, localMemoryBytes: 64 << 10,
        nativeVectorWidth: vector, subGroupWidth: subGroup, precision: precision)
    }
    return [
      device(.cpu, units: 2, vector: 8), device(.cpu, units: 2, vector: 16), device(.cpu, units: 64, vector: 16),
      device(.gpu, units: 64), device(.gpu, units: 64, group: 64), device(.gpu, units: 4, subGroup: 32),
      device(.gpu, units: 64, subGroup: 32, .mixed), device(.accelerator, units: 8),
    ]
  }()

  @Test("agree by name, kind and order in every plan", arguments: OpName.allCases)
  func plans(name: OpName) {
    for device in Self.devices {
      for parityCase in name.type.parityCases {
        for launch in parityCase.op.plan(parityCase.inputs, on: device).launches {
          let fault = KernelLibrary.embedded.signature(ofKernel: launch.kernel).fault(in: launch.arguments)
          #expect(fault == nil, "\(name) \(parityCase.name), \(device.kind): \(launch.kernel)")
        }
      }
    }
  }

  @Test("are seen by those plans for every kernel but the ones that no op plans")
  func kernels() {
    let planned = Self.devices.flatMap { device in
      OpName.allCases.flatMap { name in
        name.type.parityCases.flatMap { $0.op.plan($0.inputs, on: device).launches.map(\.kernel) }
      }
    }
    let others: Set = ["clear_padding", "clear_padding_elements", "multiply_add_peak"]
    #expect(Set(planned).union(others) == KernelLibrary.embedded.kernelNames)
  }

  @Test("agree where padding is cleared", arguments: devices.indices)
  func clearing(index: Int) throws {
    let launch = try #require(KernelLaunch.clearPadding(of: .features(2, 5, 3, 4), on: Self.devices[index]))
    #expect(KernelLibrary.embedded.signature(ofKernel: launch.kernel).fault(in: launch.arguments) == nil)
  }

  private let signature = KernelSignature(
    """
        __global const float *restrict x,  // [rows, columns] (not padded)
        __global volatile int *y,
        int rows, int columns,
        float scale) { y[0] = (int)x[0]; }
    """[...])

  @Test("are read from the source")
  func reading() {
    #expect(signature.parameters.map(\.name) == ["x", "y", "rows", "columns", "scale"])
    #expect(signature.parameters.map(\.kind) == [.readOnlyMemory, .memory, .int, .int, .float])
    for none in [") {", "void) {"] { #expect(KernelSignature(none[...]).parameters.isEmpty) }
  }

  @Test("differ if two are exchanged, one is missing, or a kind is another")
  func faults() {
    func fault(_ arguments: KernelArguments) -> String? { signature.fault(in: arguments) }
    let memory: KernelArguments = ["x": .input(0), "y": .output(0)]
    #expect(fault(memory + ["rows": .int(1), "columns": .int(2), "scale": .float(1)]) == nil)
    #expect(
      fault(memory + ["columns": .int(2), "rows": .int(1), "scale": .float(1)]) == "columns is in the place of rows")
    #expect(fault(memory + ["rows": .int(1), "columns": .float(2), "scale": .float(1)]) == "columns is int")
    #expect(fault(memory + ["rows": .int(1)]) == "3 arguments for 5 parameters")
    #expect(
      fault(["x": .input(0), "y": .input(1), "rows": .int(1), "columns": .int(2), "scale": .float(1)]) == "y is memory")
  }
}

import TensorEngine

/// An op with the launches that it plans for a device, which need not be present.
package struct PlannedOp: Encodable, Sendable {
  /// One launch. Arguments that are memory are given by their size.
  package struct Launch: Encodable, Sendable {
    package var kernel: String
    package var defines: [String: String]
    package var arguments: [Argument]
    package var globalSize: [Int]
    package var localSize: [Int]?
  }

  /// An argument of a kernel: a number, or the number of floats of its memory.
  package enum Argument: Encodable, Sendable {
    case number(Double)
    case memory(floats: Int)

    private enum CodingKeys: CodingKey { case floats }

    package func encode(to encoder: any Encoder) throws {
      switch self {
      case .number(let value):
        var container = encoder.singleValueContainer()
        try container.encode(value)
      case .memory(let floats):
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(floats, forKey: .floats)
      }
    }
  }

  package var op: String
  package var inputs: [String]
  /// How often a step runs it.
  package var count: Int
  /// Multiplications and additions in sums of products.
  package var operations: Int
  package var launches: [Launch]

  init(_ op: any Op, _ inputs: [TensorType], count: Int = 1, on device: DeviceTraits) {
    let plan = op.plan(inputs, on: device)
    let outputs = op.outputTypes(inputs)
    func argument(_ argument: KernelArgument) -> Argument {
      switch argument {
      case .int(let value): .number(Double(value))
      case .float(let value): .number(Double(value))
      case .input(let index): .memory(floats: BlockedLayout(inputs[index], device.precision).floats)
      case .output(let index): .memory(floats: BlockedLayout(outputs[index], device.precision).floats)
      case .workspace(let index): .memory(floats: plan.workspaces[index])
      }
    }
    self.op = "\(type(of: op).name)"
    self.inputs = inputs.map(\.description)
    self.count = count
    operations = op.work(inputs).operations
    launches = plan.launches.map {
      Launch(
        kernel: $0.kernel, defines: $0.defines, arguments: $0.arguments.values.map(argument), globalSize: $0.globalSize,
        localSize: $0.localSize)
    }
  }

  /// The ops of one training step.
  package static func ofStep(_ settings: BenchmarkStep.Settings, on device: DeviceTraits) throws -> [PlannedOp] {
    try OpCensus.ofStep(settings).map { PlannedOp($0.op, $0.inputs, count: $0.count, on: device) }
  }

  /// Every parity case of the catalogue as planned for the device, and once more with matrix products in each
  /// tile that suits the device.
  package static func ofParityCases(on device: DeviceTraits) -> [PlannedOp] {
    let tiles = MatrixTile.choices(on: device)
    let devices = [device] + tiles.map { device.with(.workGroups(MatrixSplit($0, parts: 2))) }
    var planned: [PlannedOp] = []
    for device in devices {
      for name in OpName.allCases {
        for parityCase in name.type.parityCases {
          planned.append(PlannedOp(parityCase.op, parityCase.inputs, on: device))
        }
      }
    }
    return planned
  }
}

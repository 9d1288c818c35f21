/// Support for mixed precision in plans: features that are stored as float16.
extension DeviceTraits {
  /// The reason why the device does not support its precision; nil if it does.
  var precisionHindrance: String? {
    if precision == .float { return nil }
    if kind != .gpu { return "is not a GPU" }
    if !sumsInGroups { return "has work-groups of \(maxWorkGroupSize), and \(Self.groupItems) are needed" }
    return MatrixTile.choices(on: self).isEmpty
      ? "has \(localMemoryBytes) bytes of local memory, and 32768 are needed" : nil
  }

  /// Whether the device stores tensors of a type as float16.
  func storesHalf(_ type: TensorType) -> Bool { BlockedLayout(type, precision).isHalf }

  /// The device as if it stored everything as float32.
  var inFloat: DeviceTraits {
    var traits = self
    traits.precision = .float
    return traits
  }
}

extension LaunchPlan {
  /// Adapts a plan for float32 to features that are stored as float16: it reads float32 copies of them.
  /// - Parameter features: the inputs of the plan that are features, with their shapes.
  func withFloats(_ features: [(input: KernelArgument, shape: Shape)], on device: DeviceTraits) -> LaunchPlan {
    var plan = self
    for (input, shape) in features {
      let type = TensorType(shape, .features)
      guard device.storesHalf(type) else { continue }
      let count = BlockedLayout(type).count
      let floats = KernelArgument.workspace(plan.workspaces.count)
      plan.workspaces.append(count)
      for index in plan.launches.indices {
        plan.launches[index].arguments = plan.launches[index].arguments.replacing(input, with: floats)
      }
      plan.launches.insert(KernelLaunch("floats_from_halves", ["x": input, "y": floats], over: [count / 4]), at: 0)
    }
    return plan
  }
}

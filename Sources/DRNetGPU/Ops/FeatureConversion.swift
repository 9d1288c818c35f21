extension DeviceTraits {
  /// The device as if it stored everything as float32.
  var inFloat: DeviceTraits {
    var traits = self
    traits.precision = .float
    return traits
  }
}

extension LaunchPlan {
  /// A plan for float32 where some of its features are float16: these pass through scratch memory.
  /// - Parameter features: inputs and outputs that are features, with their shapes.
  func converting(_ features: [(argument: KernelArgument, shape: Shape)], on device: DeviceTraits) -> LaunchPlan {
    var plan = self
    for (argument, shape) in features {
      let type = TensorType(shape, .features)
      guard device.storesHalf(type) else { continue }
      let count = BlockedLayout(type).count
      let floats = KernelArgument.workspace(plan.workspaces.count)
      plan.workspaces.append(count)
      for index in plan.launches.indices {
        plan.launches[index].arguments = plan.launches[index].arguments.map { $0 == argument ? floats : $0 }
      }
      if case .output = argument {
        plan.launches.append(
          .byElements(
            "halves_from_floats", defines: [:],
            [floats, argument, .int(count)] + FeatureRows(type).geometry, count: count))
      } else {
        plan.launches.insert(KernelLaunch("floats_from_halves", [argument, floats], over: [count / 4]), at: 0)
      }
    }
    return plan
  }
}

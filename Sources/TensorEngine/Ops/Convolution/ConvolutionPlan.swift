/// The choice of kernels for a convolution: the first plan that suits the device and the shapes. Arguments are numbered
/// as the ops number their inputs.
///
/// 1. On GPUs, matrix products in tiles, or direct kernels if tiles would be mostly padding.
/// 2. On CPUs, Winograd's algorithm for windows of 3 x 3 and 4 x 4.
/// 3. For transposed convolutions to images, products with whole windows that are then scattered.
/// 4. For all else, kernels that gather the inputs of each output. They run on every device.
extension Convolution {
  /// Inputs x, w, b; output y.
  func planForward(hasBias: Bool, on device: DeviceTraits) -> LaunchPlan {
    if let plan = planForwardOnGPU(hasBias: hasBias, on: device) { return plan }
    requireFloats(on: device)
    let split = CPUWorkSplit(device: device)
    return planForwardWinograd(hasBias: hasBias, on: split) ?? planForwardGather(hasBias: hasBias, on: split)
  }

  /// Inputs gradY, w, b; output gradX.
  func planBackwardInput(hasBias: Bool, on device: DeviceTraits) -> LaunchPlan {
    if let plan = planBackwardInputOnGPU(hasBias: hasBias, on: device) { return plan }
    requireFloats(on: device)
    let split = CPUWorkSplit(device: device)
    // Winograd's algorithm needs whole blocks of outputs, the scatter an image: never both.
    return planBackwardInputWinograd(hasBias: hasBias, on: split)
      ?? planBackwardInputScatter(hasBias: hasBias, on: split)
      ?? planBackwardInputGather(hasBias: hasBias, on: split)
  }

  /// Output gradW.
  func planBackwardWeight(x input: KernelArgument, gradY: KernelArgument, on device: DeviceTraits) -> LaunchPlan {
    if let plan = planBackwardWeightOnGPU(x: input, gradY: gradY, on: device) { return plan }
    if device.precision == .mixed {
      return planBackwardWeight(x: input, gradY: gradY, on: device.inFloat)
        .withFloats([(input, x), (gradY, y)], on: device)
    }
    let split = CPUWorkSplit(device: device)
    return planBackwardWeightWinograd(x: input, gradY: gradY, on: split)
      ?? planBackwardWeightDirect(x: input, gradY: gradY, on: split)
  }

  private func requireFloats(on device: DeviceTraits) {
    precondition(device.precision == .float, "no kernel for windows of \(w) on maps of float16")
  }
}

/// The launches of a layer: one for each time step, since each needs the whole result of the previous one.
extension LSTMForward {
  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let size = LSTMSize(gates: inputs[0], cells: inputs[1], weight: inputs[3])
    return LaunchPlan(
      (0..<size.steps).map { t in
        return size.launch(
          "lstm_forward",
          [
            "from_input": .input(0), "before_h": t == 0 ? .input(1) : .output(0),
            "before_c": t == 0 ? .input(2) : .output(1), "w": .input(3), "b": .input(4), "h": .output(0),
            "c": .output(1), "gates": .output(2), "previous_h": .output(3), "step": .int(t),
            "before": .int(max(t - 1, 0)), "batch": .int(size.batch), "hidden": .int(size.hidden),
          ],
          outputs: 4, isOfGates: true, on: device)
      })
  }

  /// False: the op is not a single matrix product.
  public func takesTiling(_ inputs: [TensorType]) -> Bool { false }
}

extension LSTMBackward {
  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let size = LSTMSize(gates: inputs[0], cells: inputs[2], weight: inputs[3])
    let transpose = device.sumsInGroups ? nil : filterTranspose(inputs, on: device)
    let weight: KernelArguments = transpose == nil ? ["w": .input(3)] : ["panels": .workspace(0)]
    let steps = (0..<size.steps).reversed().map { t in
      size.launch(
        "lstm_backward",
        ["gates": .input(0), "before_c": t == 0 ? .input(2) : .input(1), "c": .input(1)] + weight
          + [
            "grad_h": .input(4), "grad_new_c": .input(inputs.count - 1), "grad_gates": .output(0),
            "grad_c": .output(1), "step": .int(t), "before": .int(max(t - 1, 0)),
            "is_last": .int(t + 1 == size.steps ? 1 : 0), "has_grad_new_c": .int(inputs.count - 5),
            "batch": .int(size.batch), "hidden": .int(size.hidden),
          ],
        outputs: BlockedLayout.blocks(size.hidden), isOfGates: false, on: device)
    }
    guard let transpose else { return LaunchPlan(steps) }
    return LaunchPlan([transpose.launch] + steps, workspaces: [transpose.count])
  }

  /// Transposes w for sums over gates, into workspace 0.
  private func filterTranspose(_ inputs: [TensorType], on device: DeviceTraits) -> (launch: KernelLaunch, count: Int) {
    Convolution(x: inputs[1].shape, w: inputs[3].shape, y: inputs[0].shape)
      .filterTranspose(of: .input(3), into: .workspace(0), on: CPUWorkSplit(device: device))
  }

  /// False: the op is not a single matrix product.
  public func takesTiling(_ inputs: [TensorType]) -> Bool { false }
}

extension LSTMSize {
  /// One time step of all rows. On GPUs, in work-groups; else in work-items of 16 cells, or of the outputs of a tile,
  /// and of as many rows as suits the device. Appends the number of these rows to the arguments.
  fileprivate func launch(
    _ kernel: String, _ arguments: KernelArguments, outputs: Int, isOfGates: Bool, on device: DeviceTraits
  ) -> KernelLaunch {
    let blocks = BlockedLayout.blocks(hidden)
    if device.sumsInGroups {
      return KernelLaunch(
        kernel + "_grouped", defines: ["LANES": "1"], arguments,
        over: [blocks * DeviceTraits.groupItems, batch.dividedRoundingUp(by: Self.rowsOfGroup)],
        groups: [DeviceTraits.groupItems, 1])
    }
    let split = CPUWorkSplit(device: device)
    let tile = split.pixels(outputBlocks: outputs, run: batch)
    let items = isOfGates ? blocks : blocks / tile.outputs
    let rowTiles = batch.dividedRoundingUp(by: tile.pixels)
    let rows = tile.pixels * min(Self.maxTiles, split.tilesPerItem(of: rowTiles, runs: items))
    return split.launch(
      kernel,
      defines: [
        "TILE_ROWS": tile.pixels, "TILE_OUTPUTS": tile.outputs,
        "RAGGED": hidden.isMultiple(of: BlockedLayout.block) ? 0 : 1,
      ],
      arguments + ["rows": .int(rows)], over: [batch.dividedRoundingUp(by: rows), items])
  }

  /// ROWS of the kernels for GPUs.
  private static let rowsOfGroup = 4
  /// ITEM_TILES of the kernels for CPUs.
  private static let maxTiles = 4
}

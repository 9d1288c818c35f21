extension KernelLaunch {
  /// Zeroes the padding of features, output 0, whose memory held other tensors before; nil for other roles.
  static func clearPadding(of type: TensorType, on device: DeviceTraits) -> KernelLaunch? {
    guard type.role == .features else { return nil }
    return device.sumsInGroups ? byElements(type, device) : byRows(type, device)
  }

  private static func byRows(_ type: TensorType, _ device: DeviceTraits) -> KernelLaunch {
    let (features, halo) = (DeviceFeatures(type), BlockedLayout(type).halo)
    let shape = type.shape
    let rows = shape.batch * features.blocks * (shape.height + 2 * halo)
    let run = device.run(of: rows, vectors: shape.width + 2 * halo)
    return KernelLaunch(
      "clear_padding", ["x": .output(0), "rows": .int(rows), "run": .int(run)] + features.geometry,
      over: [rows.dividedRoundingUp(by: run)], groups: device.groups())
  }

  private static func byElements(_ type: TensorType, _ device: DeviceTraits) -> KernelLaunch {
    let (features, layout, shape) = (DeviceFeatures(type), BlockedLayout(type), type.shape)
    let hasPaddingChannels = shape.channels % layout.featureBlock != 0
    // Features without a halo have padding only in channels, so all their pixels count.
    let pixels =
      hasPaddingChannels || layout.halo == 0
      ? layout.paddedPixels : layout.paddedPixels - shape.height * shape.width
    let items = shape.batch * features.blocks * pixels * layout.featureBlock
    return .byElements(
      "clear_padding_elements", defines: device.laneDefines(for: type),
      ["x": .output(0), "items": .int(items), "pixels": .int(pixels)] + features.geometry, count: items)
  }
}

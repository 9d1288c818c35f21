extension KernelLaunch {
  /// Zeroes the padding of features, output 0, wherever other tensors lay before; nil for other roles.
  static func clearPadding(of type: TensorType, on device: DeviceTraits) -> KernelLaunch? {
    guard type.role == .features else { return nil }
    let (features, halo) = (FeatureRows(type), BlockedLayout(type).halo)
    let shape = type.shape
    let rows = shape.batch * features.blocks * (shape.height + 2 * halo)
    let run = device.run(of: rows, vectors: shape.width + 2 * halo)
    return KernelLaunch(
      "clear_padding", [.output(0), .int(rows), .int(run)] + features.geometry,
      over: [DeviceTraits.quotient(rows, run)], groups: device.groups())
  }
}

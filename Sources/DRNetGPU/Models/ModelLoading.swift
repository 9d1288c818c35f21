import Foundation

extension DRNet {
  /// A model for use, not for training, from a checkpoint of ours or from weights saved by drnet-py.
  ///
  /// Sizes are those of the tensors. A scene discriminator is not needed for use and may be missing.
  /// - Throws: `FileError` that names the tensor that is missing, of the wrong shape or not finite.
  public static func load(_ file: SafetensorsFile, normalise: Bool, on backend: any Backend) throws -> DRNet {
    let first = try file.tensor("netEC.main.0.main.0.weight").shape
    let content = try file.tensor("netEC.main.4.weight").shape
    let pose = try file.tensor("netEP.main.4.weight").shape
    for (name, shape) in [
      ("netEC.main.0.main.0.weight", first), ("netEC.main.4.weight", content), ("netEP.main.4.weight", pose),
    ] where shape.rank != 4 || shape.count == 0 {
      throw FileError(file, "\(name) has shape \(shape); expected a convolution's (K, C, R, S), none of them 0")
    }
    guard first[1] == 1 || first[1] == 3 else {
      throw FileError(file, "netEC.main.0.main.0.weight has shape \(first); expected 1 (grey) or 3 (colour) channels")
    }
    let sizes = Sizes(
      channels: first[1], width: first[0], contentDim: content[0], poseDim: pose[0], normalise: normalise)
    let model = try DRNet(sizes, on: backend)
    try file.fill(model.namedParameters.filter { !$0.name.hasPrefix("netC.") || file[$0.name] != nil }, on: backend)
    return model
  }
}

extension PoseLSTM {
  /// A pose LSTM for use from a checkpoint. Sizes are those of the tensors.
  /// - Throws: `FileError` that names the tensor that is missing, of the wrong shape or not finite.
  public static func load(_ file: SafetensorsFile, on backend: any Backend) throws -> PoseLSTM {
    let embed = try file.tensor("lstm.embed.weight").shape
    let output = try file.tensor("lstm.output.0.weight").shape
    guard embed.rank == 2, output.rank == 2, output.count > 0, embed[1] > output[0] else {
      throw FileError(
        file,
        "lstm.embed.weight has shape \(embed), lstm.output.0.weight \(output); expected (H, pose + content), (pose, H)")
    }
    let layers = max(1, file.names.count { $0.hasPrefix("lstm.lstm.") && $0.hasSuffix(".weight_ih") })
    let lstm = try PoseLSTM(
      poseDim: output[0], contentDim: embed[1] - output[0], rnnSize: embed[0], rnnLayers: layers, on: backend)
    try file.fill(lstm.namedParameters, on: backend)
    return lstm
  }
}

extension SafetensorsFile {
  /// Uploads the tensors of these names, after all of them were found whole.
  func fill(_ parameters: [(name: String, parameter: Parameter)], on backend: any Backend) throws {
    let hosts = try parameters.map { name, parameter in
      let host = try tensor(name, parameter.type.shape)
      guard host.values.allSatisfy(\.isFinite) else { throw FileError(self, "\(name) holds NaN or infinity") }
      return host
    }
    for (host, entry) in zip(hosts, parameters) { try backend.upload(host, to: entry.parameter.tensor) }
  }
}

extension FileError {
  init(_ file: SafetensorsFile, _ what: String) {
    if let source = file.source { self.init(source, what) } else { self.init(URL(filePath: "weights in memory"), what) }
  }
}

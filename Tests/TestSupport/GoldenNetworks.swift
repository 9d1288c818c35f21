import Foundation

@testable import DRNetGPU
@testable import TensorEngine

/// Holds the networks against `networks.safetensors`, `network_variants.safetensors` and `judge.safetensors`.
public struct GoldenNetworks {
  struct Sizes: Decodable {
    var width: Int
    var contentDim: Int
    var poseDim: Int
    var channels: Int
    var normalize: Bool
    var imageSize: Int
    var contentEncoder: EncoderNetwork?
    var poseEncoder: EncoderNetwork?
    var decoder: DecoderNetwork?
    var contentHead: HeadNetwork?
    var poseHead: HeadNetwork?
    var poseNorm: HeadNorm?
    var rnnSize: Int?
    var rnnLayers: Int?

    var ofModel: DRNet.Sizes {
      DRNet.Sizes(
        imageSize: imageSize, channels: channels, width: width, contentDim: contentDim, poseDim: poseDim,
        normalise: normalize, contentEncoder: contentEncoder ?? .dcgan, poseEncoder: poseEncoder ?? .dcgan,
        decoder: decoder ?? .dcgan, contentHead: contentHead ?? .convolution,
        poseHead: poseHead ?? .convolution, poseNorm: poseNorm ?? .batch)
    }
  }

  /// What is allowed of an output or a gradient: a share of the tensor's largest element, since rounding errors of the
  /// sums behind an element grow with what is summed and not with the element. 64 px networks are 5 convolutions with
  /// sums of up to 1,500 terms, twice for gradients: sqrt(1500) 6e-8 x 10 passes, and batch norm of three clips' 1 x 1
  /// heads divides by small deviations (a factor of about ten more).
  static let share = 3e-4

  private let file: SafetensorsFile
  private let name: String
  private let backend: any Backend
  /// Largest error as a share of the tolerance, by what was compared.
  public private(set) var shares: [(what: String, share: Double)] = []

  /// The files of variants.
  private static let files = ["network_variants", "spatial_networks"]

  /// The names of the cases of `network_variants.safetensors` and `spatial_networks.safetensors`.
  public static func variants() throws -> [String] {
    try files.flatMap { try Golden.file($0).metadata.keys.filter { $0 != "torch" }.sorted() }
  }

  /// A case of these files: an autoencoder and a pose encoder.
  public init(variant name: String, on backend: any Backend) throws {
    let file = try Self.files.first { try Golden.file($0).metadata[name] != nil }
    try self.init(name, of: file ?? "network_variants", on: backend)
    let sizes = try decoded(Sizes.self)
    let model = try DRNet(sizes.ofModel, on: backend)
    let parts = model.networks.filter { ["netEC.", "netD."].contains($0.prefix) }
    let parameters = parts.flatMap { part in part.module.parameters.map { (name: part.prefix + $0.name, parameter: $0) }
    }
    try check("autoencoder", parameters, ["x", "pose"]) { inputs, tape in
      try model.decoder(content: model.contentEncoder(inputs[0], tape), pose: inputs[1], tape)
    }
    try check("netEP", model.poseEncoder, ["x"]) { try model.poseEncoder($0[0], $1).vector }
  }

  /// A case of `networks.safetensors`: every network by itself.
  public init(case name: String, on backend: any Backend) throws {
    try self.init(name, of: "networks", on: backend)
    let sizes = try decoded(Sizes.self)
    let model = try DRNet(sizes.ofModel, on: backend)
    try check("netEC", model.contentEncoder, ["x"]) { try model.contentEncoder($0[0], $1).vector }
    try check("netEP", model.poseEncoder, ["x"]) { try model.poseEncoder($0[0], $1).vector }
    try check("netD", model.decoder, ["content", "pose"]) {
      try model.decoder(content: Encoding(vector: $0[0], maps: []), pose: $0[1], $1)
    }
    if case .scene(let discriminator) = model.adversary {
      try check("netC", discriminator, ["poseA", "poseB"]) { try discriminator($0[0], $0[1], $1) }
    }
    let lstm = try PoseLSTM(
      poseDim: sizes.poseDim, contentDim: sizes.contentDim, rnnSize: sizes.rnnSize!, rnnLayers: sizes.rnnLayers!,
      on: backend)
    try check("lstm", lstm, ["poses", "content"]) { inputs, tape in
      let initialState = try lstm.initialState(batch: inputs[1].shape.batch, on: backend)
      return try lstm(poses: inputs[0], content: inputs[1], from: initialState, observed: 1, tape)
    }
    try checkSteps(of: lstm)
  }

  private struct JudgeSizes: Decodable {
    var width, channels, imageSize, frames, features, hidden: Int
    var classes: [Int]
  }

  /// The judge of `judge.safetensors`.
  public init(judgeOn backend: any Backend) throws {
    try self.init("judge", of: "judge", on: backend)
    let found = try decoded(JudgeSizes.self)
    var sizes = Judge.Sizes(
      imageSize: found.imageSize, channels: found.channels, width: found.width, classes: found.classes)
    (sizes.features, sizes.hidden) = (found.features, found.hidden)
    let judge = try Judge(sizes, on: backend)
    try check("judge", judge, ["x"]) { inputs, tape in
      let initial = try judge.initialState(clips: inputs[0].shape.batch / found.frames, on: backend)
      let logits = try judge(inputs[0], from: initial, tape)
      return try logits.dropFirst().reduce(logits[0]) { try tape.concatenate($0, $1) }
    }
  }

  private init(_ name: String, of file: String, on backend: any Backend) throws {
    self.file = try Golden.file(file)
    self.name = name
    self.backend = backend
  }

  private func decoded<Sizes: Decodable>(_ type: Sizes.Type) throws -> Sizes {
    try JSONDecoder().decode(type, from: Data((file.metadata[name] ?? "").utf8))
  }

  /// A network whose parameters stand in the file under its own name.
  private mutating func check(
    _ network: String, _ module: any Module, _ inputNames: [String], apply: ([Tensor], Tape) throws -> Tensor
  ) throws {
    try check(
      network, module.parameters.map { ("\(network).\($0.name)", $0) }, inputNames, apply: apply)
  }

  /// Runs a network frozen and in training, and compares outputs, statistics and gradients.
  private mutating func check(
    _ network: String, _ parameters: [(name: String, parameter: Parameter)], _ inputNames: [String],
    apply: ([Tensor], Tape) throws -> Tensor
  ) throws {
    for (parameterName, parameter) in parameters {
      try backend.upload(file.tensor("\(name)/\(parameterName)", parameter.type.shape), to: parameter.tensor)
    }
    let inputs = try inputNames.map { try rows(file.tensor("\(name)/input/\(network).\($0)")) }
    let frozen = try apply(try inputs.map { try backend.upload($0, as: .features) }, Tape(backend, mode: .frozen))
    try compare("\(network) evaluation", backend.download(frozen), file.tensor("\(name)/evaluationOutput/\(network)"))

    let tape = Tape(backend, mode: .training, tracking: parameters.map(\.parameter))
    let tensors = try inputs.map { try backend.upload($0, as: .features) }
    tensors.forEach(tape.track)
    let output = try apply(tensors, tape)
    try compare("\(network) training", backend.download(output), file.tensor("\(name)/trainingOutput/\(network)"))
    let cotangent = try backend.upload(rows(file.tensor("\(name)/gradOutput/\(network)")), as: .features)
    let gradients = try tape.gradients(of: [(output, cotangent)])
    for (parameterName, parameter) in parameters {
      switch parameter.kind {
      case .statistic:
        try compare(
          "\(network) after \(parameterName)", backend.download(parameter.tensor),
          file.tensor("\(name)/after/\(parameterName)"))
      case .weight:
        guard let gradient = gradients[parameter.tensor] else {
          shares.append(("\(network) gradient \(parameterName) is missing", .infinity))
          continue
        }
        try compare(
          "\(network) gradient \(parameterName)", backend.download(gradient),
          file.tensor("\(name)/grad/\(parameterName)"))
      case .inertBias: continue
      }
    }
    for (tensor, inputName) in zip(tensors, inputNames) {
      try compare(
        "\(network) gradient of \(inputName)",
        gradients[tensor].map(backend.download) ?? HostTensor(tensor.shape),
        file.tensor("\(name)/gradInput/\(network).\(inputName)"))
    }
  }

  /// The pose LSTM one step at a time, which hands its state on from one to the next.
  private mutating func checkSteps(of lstm: PoseLSTM) throws {
    let poses = try file.tensor("\(name)/input/lstm.poses")
    let expected = try file.tensor("\(name)/evaluationOutput/lstm")
    let content = try backend.upload(file.tensor("\(name)/input/lstm.content"), as: .features)
    var state = try lstm.initialState(batch: content.shape.batch, on: backend)
    for step in 0..<poses.shape[0] {
      let pose = try backend.upload(rows(poses.rows(step..<step + 1)), as: .features)
      let next = try lstm.step(
        pose: pose, content: content, state: &state, isObserved: true, Tape(backend, mode: .frozen))
      try compare("lstm, step \(step)", backend.download(next), expected.rows(step..<step + 1))
    }
  }

  /// The steps of (T, N, P) one below the other; anything else as it is.
  private func rows(_ tensor: HostTensor) -> HostTensor {
    guard tensor.shape.rank == 3 else { return tensor }
    return tensor.reshaped([tensor.shape[0] * tensor.shape[1], tensor.shape[2]])
  }

  private mutating func compare(_ what: String, _ found: HostTensor, _ expected: HostTensor) {
    let largest = Float(expected.values.map(abs).max() ?? 0)
    let tolerance = ParityCase.Tolerance(absolute: max(largest * Float(Self.share), 1e-6), relative: 0)
    let share = ToleranceShare(found.values.map(Double.init), expected.values.map(Double.init), tolerance)
    shares.append((what, share.share))
  }
}

import Files
import Foundation
import TensorEngine

extension DRNet {
  /// A model for inference from a checkpoint of drnet or from weights saved by drnet-py.
  ///
  /// Networks and sizes follow from the names and shapes of the tensors.
  /// - Parameters:
  ///   - file: the tensors.
  ///   - normalise: whether the model scales poses to unit length; nil for what the file's metadata say, or no.
  ///   - backend: allocates the parameters.
  /// - Throws: `FileError` if a tensor is missing, has the wrong shape or is not finite; `AllocationError` if memory
  ///   runs out; `DeviceError` if the device fails.
  public static func load(
    _ file: SafetensorsFile, normalise: Bool? = nil, on backend: any Backend
  ) throws -> DRNet {
    let model = try DRNet(Sizes(of: file, normalise: normalise), on: backend)
    try model.fill(from: file, on: backend)
    return model
  }

  /// Sets all parameters to the values in a file. The adversary, which inference does not use, may be missing there or
  /// have another size; then it stays as it is.
  /// - Throws: as `load`; no parameter has changed then.
  func fill(from file: SafetensorsFile, on backend: any Backend) throws {
    let (prefix, module) = adversary.network
    let fits = module.namedParameters(prefix: prefix).allSatisfy { file[$0.name]?.shape == $0.parameter.type.shape }
    try file.fill(namedParameters.filter { fits || !$0.name.hasPrefix(prefix) }, on: backend)
  }
}

/// The tensor names that identify an encoder in a file.
private struct EncoderNames {
  let network: EncoderNetwork
  /// The first convolution, (width, channels, R, S).
  let first: String
  /// For each size of frames, first with profiles and then without: a convolution that the encoders after it do not have,
  /// and the last convolution, (dimension, C, R, S).
  let sizes: [(imageSize: Int, mark: String, head: String)]

  static let all = [
    EncoderNames(
      network: .dcgan, first: "main.0.main.0.weight",
      sizes: [
        (64, "main.2.weight", "main.2.weight"), (128, "main.3.weight", "main.3.weight"),
        (64, "main.4.weight", "main.4.weight"), (128, "main.4.main.0.weight", "main.5.weight"),
      ]),
    EncoderNames(
      network: .dcgan, first: "c1.main.0.weight",
      sizes: [(64, "c5.0.weight", "c5.0.weight"), (128, "c6.0.weight", "c6.0.weight")]),
    EncoderNames(
      network: .vgg, first: "c1.0.main.0.weight",
      sizes: [
        (64, "c3.0.weight", "c3.0.weight"), (128, "c4.0.weight", "c4.0.weight"), (64, "c5.0.weight", "c5.0.weight"),
        (128, "c6.0.weight", "c6.0.weight"),
      ]),
    EncoderNames(
      network: .resnet18, first: "main.conv1.weight",
      sizes: [
        (128, "main.layer5.0.conv1.weight", "main.conv_out.weight"),
        (64, "main.layer4.0.conv1.weight", "main.conv_out.weight"),
      ]),
  ]
}

/// Network and sizes of an encoder in a file.
private struct FoundEncoder {
  let network: EncoderNetwork
  let imageSize: Int
  let width: Int
  let channels: Int
  let dimension: Int
  let head: HeadNetwork

  init(_ prefix: String, in file: SafetensorsFile) throws {
    // If no encoder matches, the error names the first tensor of the first encoder as missing; if no size does, the last
    // convolution of the encoder for 64 px.
    let names = EncoderNames.all.first { file[prefix + $0.first] != nil } ?? EncoderNames.all[0]
    let size =
      names.sizes.first { file[prefix + $0.mark] != nil } ?? names.sizes.last { $0.imageSize == 64 } ?? names.sizes[0]
    func shape(_ name: String) throws -> Shape {
      let shape = try file.tensor(prefix + name).shape
      guard shape.rank == 4, shape.count > 0 else {
        throw FileError(
          file, "\(prefix + name) has shape \(shape); expected a convolution's (K, C, R, S), none of them 0")
      }
      return shape
    }
    let first = try shape(names.first)
    guard first[1] == 1 || first[1] == 3 else {
      throw FileError(file, "\(prefix + names.first) has shape \(first); expected 1 (grey) or 3 (colour) channels")
    }
    network = names.network
    imageSize = size.imageSize
    width = first[0]
    channels = first[1]
    let last = try shape(size.head)
    dimension = last[0]
    head = HeadNetwork(filter: last)
  }
}

extension DRNet.Sizes {
  /// The sizes of the networks in a file.
  /// - Parameter normalise: nil for what the file's metadata say, or no.
  init(of file: SafetensorsFile, normalise: Bool? = nil) throws {
    let content = try FoundEncoder("netEC.", in: file)
    let pose = try FoundEncoder(DRNet.poseEncoderPrefix, in: file)
    guard content.imageSize == pose.imageSize else {
      throw FileError(
        file, "netEC is for frames of \(content.imageSize) px, netEP for \(pose.imageSize) px; expected one size")
    }
    let decoder: DecoderNetwork =
      file["netD.upc2.main.0.weight"] != nil
      ? .dcganUNet
      : file["netD.upc2.0.main.0.weight"] != nil ? .vggUNet : file["netD.place.weight"] != nil ? .spatial : .dcgan
    if let needed = decoder.contentEncoder, needed != content.network {
      throw FileError(
        file, "netD takes feature maps of a \(needed.rawValue) encoder, netEC is a \(content.network.rawValue) encoder")
    }
    let stated = try UnitLengthOfPoses.stated(in: file)
    self.init(
      imageSize: content.imageSize, channels: content.channels, width: content.width, contentDim: content.dimension,
      poseDim: pose.dimension, normalise: normalise ?? stated ?? false,
      contentEncoder: content.network, poseEncoder: pose.network,
      decoder: decoder, contentHead: content.head, poseHead: pose.head, adversary: Adversary.kind(in: file.names))
  }
}

extension PoseLSTM {
  /// Name in a checkpoint of the number that is 1 if the LSTM is residual; older checkpoints have none.
  static let residualName = "lstm.residual"

  /// A pose LSTM for inference from a checkpoint. Its sizes, and whether it has attention, follow from the shapes of the
  /// tensors; whether its poses have unit length, from the file's metadata.
  /// - Throws: `FileError` if a tensor is missing, has the wrong shape or is not finite; `AllocationError` if memory
  ///   runs out; `DeviceError` if the device fails.
  public static func load(_ file: SafetensorsFile, on backend: any Backend) throws -> PoseLSTM {
    let embed = try file.tensor("lstm.embed.weight").shape
    let output = try file.tensor("lstm.output.0.weight").shape
    guard embed.rank == 2, output.rank == 2, output.count > 0, embed[1] > output[0] else {
      throw FileError(
        file,
        "lstm.embed.weight has shape \(embed), lstm.output.0.weight \(output); "
          + "expected (H, pose + content), (pose, H), or (pose, 2 H) with attention")
    }
    let layers = max(1, file.names.count { $0.hasPrefix("lstm.lstm.") && $0.hasSuffix(".weight_ih") })
    let lstm = try PoseLSTM(
      poseDim: output[0], contentDim: embed[1] - output[0], rnnSize: embed[0], rnnLayers: layers,
      residual: file.integers[residualName]?.values == [1], attention: output[1] == 2 * embed[0],
      normalise: UnitLengthOfPoses.stated(in: file) ?? false, on: backend)
    try file.fill(lstm.namedParameters, on: backend)
    return lstm
  }
}

extension FileError {
  init(_ file: SafetensorsFile, _ what: String) {
    if let source = file.source { self.init(source, what) } else { self.init(URL(filePath: "weights in memory"), what) }
  }
}

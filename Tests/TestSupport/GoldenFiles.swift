import Foundation

@testable import DRNetGPU
@testable import TensorEngine

/// The files in Tests/Golden, which PyTorch computed.
public enum Golden {
  public static func file(_ name: String) throws -> SafetensorsFile {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return try SafetensorsFile.read(folder.appending(path: "Golden/\(name).safetensors"))
  }

  /// The cases of `ops.safetensors`.
  public static func opCases() throws -> [GoldenOpCase] {
    let file = try file("ops")
    return try file.metadata.filter { $0.key != "torch" }.sorted { $0.key < $1.key }.map { key, json in
      func tensors(_ kind: String) -> [HostTensor] {
        (0..<10).map { file["\(key).\(kind).\($0)"] }.prefix { $0 != nil }.compactMap { $0 }
      }
      return try GoldenOpCase(
        key, attributes: JSONDecoder().decode(OpAttributes.self, from: Data(json.utf8)), inputs: tensors("input"),
        outputs: tensors("output"))
    }
  }
}

/// Inputs and outputs of one op as PyTorch computes them.
public struct GoldenOpCase: Sendable, CustomStringConvertible {
  public let name: String
  public let op: any Op
  public let types: [TensorType]
  public let inputs: [HostTensor]
  public let outputs: [HostTensor]

  public var description: String { name }

  init(_ name: String, attributes: OpAttributes, inputs: [HostTensor], outputs: [HostTensor]) throws {
    guard let opName = name.split(separator: ".").first.flatMap({ OpName(rawValue: String($0)) }) else {
      throw GoldenError(description: "\(name): no such op")
    }
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    op = attributes.op(opName)
    types = inputs.enumerated().map { index, tensor in
      let sameRank = opName.type.parityCases.compactMap { $0.inputs.dropFirst(index).first }
        .first { $0.shape.rank == tensor.shape.rank }
      return TensorType(tensor.shape, sameRank?.role ?? .features)
    }
  }

  /// Sums in these cases have at most some thousand terms of magnitude up to about 4; the reference itself is in float64.
  public static let tolerance = ParityCase.Tolerance(absolute: 2e-5, relative: 1e-5)

  /// The largest error of every output, as a share of the tolerance.
  public func shares(_ found: [HostTensor]) -> [ToleranceShare] {
    zip(found, outputs).map {
      ToleranceShare($0.values.map(Double.init), $1.values.map(Double.init), Self.tolerance)
    }
  }
}

struct GoldenError: Error, CustomStringConvertible { var description: String }

/// Attributes of an op under the names of the golden files.
struct OpAttributes: Decodable {
  var stride: Int?
  var padding: Int?
  var height: Int?
  var width: Int?
  var window: Int?
  var windowHeight: Int?
  var windowWidth: Int?
  var activation: String?
  var slope: Float?
  var momentum: Double?
  var epsilon: Double?
  var factor: Int?
  var firstChannels: Int?
  var copies: Int?
  var beta1: Double?
  var beta2: Double?
  var decay: Double?
  var interval: Int?

  private var activationKind: Activation {
    switch activation {
    case "leakyReLU": .leakyReLU(slope: slope!)
    case "relu": .relu
    case "tanh": .tanh
    case "sigmoid": .sigmoid
    default: .identity
    }
  }

  func op(_ name: OpName) -> any Op {
    switch name {
    case .conv2DForward: Conv2DForward(stride: stride!, padding: padding!)
    case .conv2DBackwardInput:
      Conv2DBackwardInput(stride: stride!, padding: padding!, height: height!, width: width!)
    case .conv2DBackwardWeight:
      Conv2DBackwardWeight(
        stride: stride!, padding: padding!, windowHeight: windowHeight!, windowWidth: windowWidth!)
    case .convTranspose2DForward: ConvTranspose2DForward(stride: stride!, padding: padding!)
    case .convTranspose2DBackwardInput: ConvTranspose2DBackwardInput(stride: stride!, padding: padding!)
    case .convTranspose2DBackwardWeight:
      ConvTranspose2DBackwardWeight(
        stride: stride!, padding: padding!, windowHeight: windowHeight!, windowWidth: windowWidth!)
    case .linearForward: LinearForward()
    case .linearBackwardInput: LinearBackwardInput()
    case .linearBackwardWeight: LinearBackwardWeight()
    case .biasBackward: BiasBackward()
    case .batchNormForward:
      BatchNormForward(activation: activationKind, momentum: Float(momentum!), epsilon: Float(epsilon!))
    case .batchNormBackward: BatchNormBackward(activation: activationKind)
    case .batchNormFrozenForward: BatchNormFrozenForward(activation: activationKind, epsilon: Float(epsilon!))
    case .batchNormFrozenBackward: BatchNormFrozenBackward(activation: activationKind, epsilon: Float(epsilon!))
    case .activationForward: ActivationForward(activation: activationKind)
    case .activationBackward: ActivationBackward(activation: activationKind)
    case .concatenateForward: ConcatenateForward()
    case .concatenateBackward: ConcatenateBackward(firstChannels: firstChannels!, copies: copies!)
    case .maxPool2DForward: MaxPool2DForward(window: window!, stride: stride!, padding: padding!)
    case .maxPool2DBackward:
      MaxPool2DBackward(window: window!, stride: stride!, padding: padding!, height: height!, width: width!)
    case .upsampleNearest2DForward: UpsampleNearest2DForward(factor: factor!)
    case .upsampleNearest2DBackward: UpsampleNearest2DBackward(factor: factor!)
    case .unitLengthForward: UnitLengthForward(epsilon: Float(epsilon!))
    case .unitLengthBackward: UnitLengthBackward(epsilon: Float(epsilon!))
    case .lstmForward: LSTMForward()
    case .lstmBackward: LSTMBackward()
    case .meanSquaredErrorForward: MeanSquaredErrorForward()
    case .meanSquaredErrorBackward: MeanSquaredErrorBackward()
    case .binaryCrossEntropyForward: BinaryCrossEntropyForward()
    case .binaryCrossEntropyBackward: BinaryCrossEntropyBackward()
    case .add: Add(activation: activationKind)
    case .shiftRows: ShiftRows()
    case .stackRows: StackRows()
    case .adam: Adam(beta1: beta1!, beta2: beta2!, epsilon: epsilon!)
    case .exponentialMovingAverage: ExponentialMovingAverage(decay: decay!)
    case .scaleLoss: ScaleLoss()
    case .findNonFinite: FindNonFinite()
    case .updateLossScale: UpdateLossScale(interval: interval!)
    case .scaledAdam: ScaledAdam(Adam(beta1: beta1!, beta2: beta2!, epsilon: epsilon!))
    }
  }
}

/// The catalogue of all ops. The tests run all of them; backends trap on an op that is not listed.
public enum OpName: String, CaseIterable, Sendable {
  case conv2DForward, conv2DBackwardInput, conv2DBackwardWeight
  case convTranspose2DForward, convTranspose2DBackwardInput, convTranspose2DBackwardWeight
  case linearForward, linearBackwardInput, linearBackwardWeight
  case biasBackward
  case batchNormForward, batchNormBackward, batchNormFrozenForward, batchNormFrozenBackward, relativeMoments
  case activationForward, activationBackward
  case concatenateForward, concatenateBackward
  case maxPool2DForward, maxPool2DBackward
  case maxProfiles2DForward, maxProfiles2DBackward
  case globalAveragePool2DForward, globalAveragePool2DBackward
  case upsampleNearest2DForward, upsampleNearest2DBackward
  case unitLengthForward, unitLengthBackward
  case lstmForward, lstmBackward
  case attentionForward, attentionBackward
  case meanSquaredErrorForward, meanSquaredErrorBackward
  case edgeErrorForward, edgeErrorBackward
  case binaryCrossEntropyForward, binaryCrossEntropyBackward
  case infoNCEForward, infoNCEBackward
  case crossEntropyForward, crossEntropyBackward
  case sineForward, sineBackward
  case add, multiply, shiftRows, stackRows, sliceRows, padRows
  case adam, exponentialMovingAverage
  case scaleLoss, findNonFinite, updateLossScale, scaledAdam

  public var type: any Op.Type {
    switch self {
    case .conv2DForward: Conv2DForward.self
    case .conv2DBackwardInput: Conv2DBackwardInput.self
    case .conv2DBackwardWeight: Conv2DBackwardWeight.self
    case .convTranspose2DForward: ConvTranspose2DForward.self
    case .convTranspose2DBackwardInput: ConvTranspose2DBackwardInput.self
    case .convTranspose2DBackwardWeight: ConvTranspose2DBackwardWeight.self
    case .linearForward: LinearForward.self
    case .linearBackwardInput: LinearBackwardInput.self
    case .linearBackwardWeight: LinearBackwardWeight.self
    case .biasBackward: BiasBackward.self
    case .batchNormForward: BatchNormForward.self
    case .batchNormBackward: BatchNormBackward.self
    case .batchNormFrozenForward: BatchNormFrozenForward.self
    case .batchNormFrozenBackward: BatchNormFrozenBackward.self
    case .relativeMoments: RelativeMoments.self
    case .activationForward: ActivationForward.self
    case .activationBackward: ActivationBackward.self
    case .concatenateForward: ConcatenateForward.self
    case .concatenateBackward: ConcatenateBackward.self
    case .maxPool2DForward: MaxPool2DForward.self
    case .maxPool2DBackward: MaxPool2DBackward.self
    case .maxProfiles2DForward: MaxProfiles2DForward.self
    case .maxProfiles2DBackward: MaxProfiles2DBackward.self
    case .globalAveragePool2DForward: GlobalAveragePool2DForward.self
    case .globalAveragePool2DBackward: GlobalAveragePool2DBackward.self
    case .upsampleNearest2DForward: UpsampleNearest2DForward.self
    case .upsampleNearest2DBackward: UpsampleNearest2DBackward.self
    case .unitLengthForward: UnitLengthForward.self
    case .unitLengthBackward: UnitLengthBackward.self
    case .lstmForward: LSTMForward.self
    case .lstmBackward: LSTMBackward.self
    case .attentionForward: AttentionForward.self
    case .attentionBackward: AttentionBackward.self
    case .meanSquaredErrorForward: MeanSquaredErrorForward.self
    case .meanSquaredErrorBackward: MeanSquaredErrorBackward.self
    case .edgeErrorForward: EdgeErrorForward.self
    case .edgeErrorBackward: EdgeErrorBackward.self
    case .binaryCrossEntropyForward: BinaryCrossEntropyForward.self
    case .binaryCrossEntropyBackward: BinaryCrossEntropyBackward.self
    case .infoNCEForward: InfoNCEForward.self
    case .infoNCEBackward: InfoNCEBackward.self
    case .crossEntropyForward: CrossEntropyForward.self
    case .crossEntropyBackward: CrossEntropyBackward.self
    case .sineForward: SineForward.self
    case .sineBackward: SineBackward.self
    case .add: Add.self
    case .multiply: Multiply.self
    case .shiftRows: ShiftRows.self
    case .stackRows: StackRows.self
    case .sliceRows: SliceRows.self
    case .padRows: PadRows.self
    case .adam: Adam.self
    case .exponentialMovingAverage: ExponentialMovingAverage.self
    case .scaleLoss: ScaleLoss.self
    case .findNonFinite: FindNonFinite.self
    case .updateLossScale: UpdateLossScale.self
    case .scaledAdam: ScaledAdam.self
    }
  }
}

import TensorEngine

/// The adversary's part of a step of `DRNetTrainer`: its own update, and the loss that it gives the pose encoder.
enum AdversaryStep {
  /// With h_p of x_3 (N, pose), which is held constant.
  case scene(SceneDiscriminator, otherPose: Tensor)
  case content(ContentPredictor)

  /// h_p of a frame other than the decoded one, if the step needs it.
  var otherPose: Tensor? {
    switch self {
    case .scene(_, let otherPose): otherPose
    case .content: nil
    }
  }
}

/// The constant targets of an adversary and of the loss that it gives the pose encoder, and what makes the others.
struct AdversaryTargets {
  /// Of the adversary: 1 for pairs of one clip, 0 for pairs of two, (N, 1). The content predictor's are the content.
  let pairs: Tensor
  /// Of the pose encoder, undecided between the two: (N, 1) of 1/2.
  let undecided: Tensor
  /// Of the pose encoder: the mean of standardised content, (N, content) of 0.
  let meanContent: Tensor
  let standardiseContent: Standardisation
  let standardisePose: Standardisation

  init(of model: DRNet, batchSize: Int, on backend: any Backend) throws {
    let same = (0..<batchSize).map { $0 < batchSize / 2 ? Float(1) : 0 }
    pairs = try backend.upload(HostTensor([batchSize, 1], same), as: .features)
    undecided = try backend.upload(HostTensor([batchSize, 1], repeating: 0.5), as: .features)
    standardiseContent = try Standardisation(dimension: model.sizes.contentDim, on: backend)
    standardisePose = try Standardisation(dimension: model.sizes.poseDim, on: backend)
    meanContent = try backend.upload(HostTensor([batchSize, model.sizes.contentDim]), as: .features)
  }
}

extension DRNetTrainer {
  /// What the adversary does before the decoded frame is encoded.
  func beginAdversary(_ recorder: Recorder, into losses: inout [MainLoss: Tensor]) throws -> AdversaryStep {
    switch model.adversary {
    case .content(let predictor): return .content(predictor)
    case .scene(let discriminator):
      try train(discriminator, recorder, into: &losses)
      let detached = Tape(recorder, mode: .training)
      return .scene(discriminator, otherPose: try model.poseEncoder(frames[3], detached).vector)
    }
  }

  /// The loss that the adversary gives the pose encoder; the adversary does not change by it.
  /// - Parameters:
  ///   - pose: h_p of x_2 (N, pose), on `tape`.
  ///   - content: h_c of x_0 (N, content), which is held constant.
  func adversarialLoss(
    _ adversary: AdversaryStep, pose: Tensor, content: Tensor, _ tape: Tape, _ recorder: Recorder,
    into losses: inout [MainLoss: Tensor]
  ) throws -> Tensor {
    switch adversary {
    case .scene(let discriminator, let otherPose):
      let logits = try discriminator(pose, otherPose, tape)
      return try tape.binaryCrossEntropy(logits: logits, target: adversaryTargets.undecided).loss
    case .content(let predictor):
      let pose = try adversaryTargets.standardisePose(pose, tape)
      try train(predictor, pose: pose, content: content, recorder, into: &losses)
      return try tape.meanSquaredError(predictor(pose, tape), adversaryTargets.meanContent)
    }
  }

  /// Teaches C to tell pairs of one clip from pairs of two.
  private func train(
    _ discriminator: SceneDiscriminator, _ recorder: Recorder, into losses: inout [MainLoss: Tensor]
  ) throws {
    let detached = Tape(recorder, mode: .training)
    let first = try model.poseEncoder(frames[0], detached).vector
    let second = try recorder.run(ShiftRows(), [model.poseEncoder(frames[1], detached).vector])[0]
    let tape = Tape(recorder, mode: .training, tracking: discriminator.parameters)
    let logits = try discriminator(first, second, tape)
    let entropy = try tape.binaryCrossEntropy(logits: logits, target: adversaryTargets.pairs)
    try updateAdversary(entropy.loss, tape, recorder)
    (losses[.discriminator], losses[.discriminatorAccuracy]) = entropy
  }

  /// Teaches C to predict the content of x_0 from the pose of x_2. Both are standardised over the batch: the similarity
  /// loss shrinks h_c, and C must not become blind to what is small; and E_p would shrink h_p to make it so.
  private func train(
    _ predictor: ContentPredictor, pose: Tensor, content: Tensor, _ recorder: Recorder,
    into losses: inout [MainLoss: Tensor]
  ) throws {
    let target = try adversaryTargets.standardiseContent(content, Tape(recorder, mode: .training))
    let tape = Tape(recorder, mode: .training, tracking: predictor.parameters)
    let loss = try tape.meanSquaredError(predictor(pose, tape), target)
    try updateAdversary(loss, tape, recorder)
    losses[.contentPrediction] = loss
  }

  private func updateAdversary(_ loss: Tensor, _ tape: Tape, _ recorder: Recorder) throws {
    try optimiser.update(with: tape.gradients(of: [(loss, one)]), keeping: keepsGradients, on: recorder)
  }
}

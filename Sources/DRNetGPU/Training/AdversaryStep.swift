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

/// The constant targets of the scene discriminator, and of the loss that it gives the pose encoder.
struct SceneTargets {
  /// Of the discriminator: 1 for pairs of one clip, 0 for pairs of two, (N, 1).
  let pairs: Tensor
  /// Of the pose encoder, undecided between the two: (N, 1) of 1/2.
  let undecided: Tensor

  init(batchSize: Int, on backend: any Backend) throws {
    let same = (0..<batchSize).map { $0 < batchSize / 2 ? Float(1) : 0 }
    pairs = try backend.upload(HostTensor([batchSize, 1], same), as: .features)
    undecided = try backend.upload(HostTensor([batchSize, 1], repeating: 0.5), as: .features)
  }
}

extension AdversaryNetwork {
  /// 1 if the pose encoder minimises the loss that the adversary gives it, -1 if it maximises it.
  ///
  /// The discriminator's is least where it is undecided. The content predictor's is its own, turned round (gradient
  /// reversal, Ganin et al. 2016): where C is as good as it can be, the gradient that all objects at a place have in
  /// common is 0, and what is left moves each object by what its own content is beyond what C says of the place. A target
  /// of 0 for C's predictions would do the reverse: it moves all objects at a place alike, so that poses end up where C
  /// says little, and each object keeps the place that is its own.
  var signForPose: Float {
    switch self {
    case .scene: 1
    case .content: -1
    }
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
  ///   - content: h_c of x_0 (N, content), standardised over the batch, constant: the similarity loss shrinks h_c, and C
  ///     must not become blind to what is small.
  func adversarialLoss(
    _ adversary: AdversaryStep, pose: Tensor, content: Tensor, _ tape: Tape, _ recorder: Recorder,
    into losses: inout [MainLoss: Tensor]
  ) throws -> Tensor {
    switch adversary {
    case .scene(let discriminator, let otherPose):
      let logits = try discriminator(pose, otherPose, tape)
      return try tape.binaryCrossEntropy(logits: logits, target: sceneTargets.undecided).loss
    case .content(let predictor):
      let ownTape = Tape(recorder, mode: .training, tracking: predictor.parameters)
      let error = try ownTape.meanSquaredError(predictor(pose, ownTape), content)
      try updateAdversary(error, ownTape, recorder)
      losses[.contentPrediction] = error
      return try tape.meanSquaredError(predictor(pose, tape), content)
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
    let entropy = try tape.binaryCrossEntropy(logits: logits, target: sceneTargets.pairs)
    try updateAdversary(entropy.loss, tape, recorder)
    (losses[.discriminator], losses[.discriminatorAccuracy]) = entropy
  }

  private func updateAdversary(_ loss: Tensor, _ tape: Tape, _ recorder: Recorder) throws {
    try optimiser.update(with: tape.gradients(of: [(loss, one)]), keeping: keepsGradients, on: recorder)
  }
}

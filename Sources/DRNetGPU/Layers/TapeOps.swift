import TensorEngine

/// The ops that networks and losses are built of beside layers with parameters.
extension Tape {
  /// activation(x), element by element. x: any shape.
  public func activation(_ activation: Activation, _ x: Tensor) throws -> Tensor {
    try run(ActivationForward(activation: activation), [x])[0]
  }

  /// Vectors or maps side by side: (N, C, H, W) and (N, K, H, W) -> (N, C + K, H, W).
  public func concatenate(_ first: Tensor, _ second: Tensor) throws -> Tensor {
    try run(ConcatenateForward(), [first, second])[0]
  }

  /// The mean of (x - target)^2 over all elements, as a tensor of one. The target gets no gradient.
  public func meanSquaredError(_ x: Tensor, _ target: Tensor) throws -> Tensor {
    try run(MeanSquaredErrorForward(), [x, target])[0]
  }

  /// The mean binary cross-entropy of logits (N, 1) against targets (N, 1) in [0, 1], as
  /// torch.nn.BCEWithLogitsLoss, and the share of rows on the right side of 0.
  public func binaryCrossEntropy(logits: Tensor, target: Tensor) throws -> (loss: Tensor, accuracy: Tensor) {
    let outputs = try run(BinaryCrossEntropyForward(), [logits, target])
    return (outputs[0], outputs[1])
  }
}

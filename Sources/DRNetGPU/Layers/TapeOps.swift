import TensorEngine

/// Ops without parameters, for networks and losses.
extension Tape {
  /// activation(x), element by element. x: any shape.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func activation(_ activation: Activation, _ x: Tensor) throws -> Tensor {
    try run(ActivationForward(activation: activation), [x])[0]
  }

  /// Joins along channels: (N, C, H, W) and (N, K, H, W) -> (N, C + K, H, W); likewise (N, C) and (N, K).
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func concatenate(_ first: Tensor, _ second: Tensor) throws -> Tensor {
    try run(ConcatenateForward(), [first, second])[0]
  }

  /// The mean over the pixels of each map (torch.nn.AdaptiveAvgPool2d(1)): (N, C, H, W) -> (N, C, 1, 1).
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func globalAveragePool(_ x: Tensor) throws -> Tensor { try run(GlobalAveragePool2DForward(), [x])[0] }

  /// The largest element of each column (first row of the result) and of each row (second row) of square maps:
  /// (N, C, R, R) -> (N, C, 2, R).
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func maxProfiles(_ x: Tensor) throws -> Tensor { try run(MaxProfiles2DForward(), [x])[0] }

  /// x as it is, at each pixel `factor` times in both directions: (N, C, H, W) -> (N, C, factor H, factor W).
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func upsampleNearest(_ x: Tensor, factor: Int) throws -> Tensor {
    try run(UpsampleNearest2DForward(factor: factor), [x])[0]
  }

  /// sin(x), element by element. x: any shape.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func sine(_ x: Tensor) throws -> Tensor { try run(SineForward(), [x])[0] }

  /// x y, element by element. x, y: any shape, the same for both.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func multiply(_ x: Tensor, _ y: Tensor) throws -> Tensor { try run(Multiply(), [x, y])[0] }

  /// Each row scaled to length 1 (torch.nn.functional.normalize): (N, D) -> (N, D).
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func unitLength(_ x: Tensor) throws -> Tensor { try run(UnitLengthForward(), [x])[0] }

  /// Scaled dot-product attention (Luong et al. 2015, Vaswani et al. 2017) over a memory whose keys are the values, too.
  /// Rows are N for the first time step, then N for the second, and so on; each attends to its own row of the memory.
  /// - Parameters:
  ///   - queries: (S N, H).
  ///   - memory: (M N, H).
  ///   - batch: N.
  ///   - first: the memory's time steps before the first query's. Query s sees those up to s + first.
  /// - Returns: the mean of the seen vectors of the memory, weighted by their softmax with each query, (S N, H).
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func attention(queries: Tensor, memory: Tensor, batch: Int, first: Int) throws -> Tensor {
    try run(AttentionForward(batch: batch, first: first), [queries, memory])[0]
  }

  /// InfoNCE (van den Oord et al. 2018), a tensor of one number: the mean cross-entropy of finding the key of each row
  /// among all keys, by the scalar product over the temperature. queries, keys: (N, D). The keys get no gradient.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func infoNCE(queries: Tensor, keys: Tensor, temperature: Float) throws -> Tensor {
    try run(InfoNCEForward(temperature: temperature), [queries, keys])[0]
  }

  /// The mean over the rows of -sum over k of target[k] log softmax(logits)[k] (torch.nn.CrossEntropyLoss), a tensor of one
  /// number. logits, target: (N, K); a class is a row of target with 1 at its place and 0 elsewhere. The target gets no
  /// gradient.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func crossEntropy(logits: Tensor, target: Tensor) throws -> Tensor {
    try run(CrossEntropyForward(), [logits, target])[0]
  }

  /// The mean of (x - target)^2 over all elements (torch.nn.MSELoss), a tensor of one number. x, target: any shape, the
  /// same for both. The target gets no gradient.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func meanSquaredError(_ x: Tensor, _ target: Tensor) throws -> Tensor {
    try run(MeanSquaredErrorForward(), [x, target])[0]
  }

  /// The mean absolute error of differences of neighbouring pixels, rounded off near 0, see `EdgeErrorForward`: a tensor of
  /// one number. x, target: (N, C, H, W). The target gets no gradient.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func edgeError(_ x: Tensor, _ target: Tensor) throws -> Tensor {
    try run(EdgeErrorForward(), [x, target])[0]
  }

  /// The mean binary cross-entropy of logits (N, 1) against targets (N, 1) in [0, 1] (torch.nn.BCEWithLogitsLoss).
  /// - Returns: the loss, and the accuracy: the share of rows whose logit has the right sign. One number each.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func binaryCrossEntropy(logits: Tensor, target: Tensor) throws -> (loss: Tensor, accuracy: Tensor) {
    let outputs = try run(BinaryCrossEntropyForward(), [logits, target])
    return (outputs[0], outputs[1])
  }
}

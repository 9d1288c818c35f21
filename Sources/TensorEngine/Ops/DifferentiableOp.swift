/// An op with a derivative, which is expressed in other ops. Layers call `gradients` in the backward pass; tests
/// compare it with central differences of `reference`.
public protocol DifferentiableOp: Op {
  /// Number of outputs, from the first on, that have a derivative. The others are by-products. Default: 1.
  var differentiableOutputs: Int { get }

  /// Gradients of a scalar with respect to the inputs, from those with respect to the outputs.
  ///
  /// - Parameters:
  ///   - inputs: inputs of the forward op.
  ///   - outputs: outputs of the forward op.
  ///   - outputGradients: one for each output; nil if the scalar does not depend on it.
  ///   - wanted: which inputs need a gradient.
  ///   - type: returns the type of a tensor.
  ///   - run: runs an op and returns its outputs.
  /// - Returns: one gradient for each input; nil if not wanted or if the input is not differentiable.
  func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?]
}

extension DifferentiableOp {
  public var differentiableOutputs: Int { 1 }
}

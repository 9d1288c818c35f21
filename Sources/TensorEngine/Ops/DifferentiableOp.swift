/// An op with a derivative, made of other ops. Layers train through `gradients`, and the tests hold it against central
/// differences of `reference`.
public protocol DifferentiableOp: Op {
  /// How many outputs, from the first, have a derivative; the others are by-products. 1 unless stated.
  var differentiableOutputs: Int { get }

  /// Gradients of a scalar with respect to the inputs, given those with respect to the outputs.
  ///
  /// - Parameters:
  ///   - inputs: those of the op's run.
  ///   - outputs: those of the op's run.
  ///   - outputGradients: one for each output; nil if the scalar does not depend on it.
  ///   - wanted: which inputs need a gradient.
  ///   - type: gives the type of a tensor.
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

import TensorEngine

/// Runs ops and remembers them, so that gradients can be sent back through them.
///
/// Activations belong to the tape and not to the layers: an encoder runs several times in one step, each time with
/// activations of its own. They are released as `gradients` works its way back.
public final class Tape {
  private let runner: any OpRunner
  /// Whether batch norm uses the batch's statistics and updates the running ones, or the running ones alone.
  public let mode: Mode

  public enum Mode: Sendable { case training, frozen }

  private struct Record {
    /// nil for a reshape.
    var op: (any DifferentiableOp)?
    var inputs: [Tensor]
    var outputs: [Tensor]
    var wanted: [Bool]
  }
  private var records: [Record] = []
  /// What is read in place of a tensor.
  private var replacements: [ObjectIdentifier: Tensor] = [:]
  /// Tensors that a gradient is wanted for, or that depend on one.
  private var tracked: Set<ObjectIdentifier> = []

  /// - Parameters:
  ///   - parameters: what gradients will be asked for; without any, nothing is remembered.
  ///   - replacements: tensors that are read in place of parameters, such as averages of them.
  public init(
    _ runner: any OpRunner, mode: Mode, tracking parameters: [Parameter] = [],
    reading replacements: [(parameter: Parameter, tensor: Tensor)] = []
  ) {
    self.runner = runner
    self.mode = mode
    for (parameter, tensor) in replacements { self.replacements[ObjectIdentifier(parameter.tensor)] = tensor }
    for parameter in parameters where parameter.kind == .weight { track(parameter.tensor) }
  }

  /// Asks for the gradient of a tensor.
  public func track(_ tensor: Tensor) { tracked.insert(ObjectIdentifier(tensor)) }

  /// Runs an op; `outputs` names memory for those of its outputs that must go to a given place.
  public func run(_ op: any DifferentiableOp, _ inputs: [Tensor], into places: [Int: Tensor] = [:]) throws -> [Tensor] {
    let inputs = replacements.isEmpty ? inputs : inputs.map { replacements[ObjectIdentifier($0)] ?? $0 }
    let types = op.outputTypes(inputs.map(\.type))
    let outputs = try types.enumerated().map { try places[$0.offset] ?? runner.allocate($0.element) }
    try runner.run(op, inputs, into: outputs)
    let wanted = inputs.map { tracked.contains(ObjectIdentifier($0)) }
    if wanted.contains(true) {
      records.append(Record(op: op, inputs: inputs, outputs: outputs, wanted: wanted))
      for (index, output) in outputs.enumerated() where places[index] == nil { track(output) }
    }
    return outputs
  }

  /// The same vectors under another name: (N, D, 1, 1) as (N, D), or the other way round. Costs nothing.
  public func reshape(_ x: Tensor, to shape: Shape) -> Tensor {
    precondition(
      shape.height * shape.width == 1 && x.shape.height * x.shape.width == 1 && shape.count == x.shape.count,
      "\(x.type) cannot be seen as \(shape)")
    let view = Tensor(TensorType(shape, x.type.role), storage: x.storage)
    if tracked.contains(ObjectIdentifier(x)) {
      records.append(Record(op: nil, inputs: [x], outputs: [view], wanted: [true]))
      track(view)
    }
    return view
  }

  /// Gradients of the sum of `losses`, each times the number in its `weight` tensor, with respect to everything tracked.
  /// The tape is empty afterwards.
  public func gradients(of losses: [(loss: Tensor, weight: Tensor)]) throws -> Gradients {
    var gradients = Gradients()
    for (loss, weight) in losses { gradients[loss] = weight }
    while let record = records.popLast() {
      let outputGradients = record.outputs.map { gradients[$0] }
      guard outputGradients.contains(where: { $0 != nil }) else { continue }
      let inputGradients: [Tensor?]
      if let op = record.op {
        inputGradients = try op.gradients(
          inputs: record.inputs, outputs: record.outputs, outputGradients: outputGradients, wanted: record.wanted,
          type: \.type, run: { try self.runner.run($0, $1) })
      } else {
        inputGradients = zip(record.inputs, outputGradients).map { input, gradient in
          gradient.map { Tensor(input.type, storage: $0.storage) }
        }
      }
      for (index, input) in record.inputs.enumerated() where record.wanted[index] {
        guard let gradient = inputGradients[index] else { continue }
        if let sum = gradients[input] {
          gradients[input] = try runner.run(Add(), [sum, gradient])[0]
        } else {
          gradients[input] = gradient
        }
      }
      for output in record.outputs { gradients[output] = nil }
    }
    return gradients
  }
}

/// Gradients by tensor.
public struct Gradients {
  private var byTensor: [ObjectIdentifier: Tensor] = [:]

  public internal(set) subscript(tensor: Tensor) -> Tensor? {
    get { byTensor[ObjectIdentifier(tensor)] }
    set { byTensor[ObjectIdentifier(tensor)] = newValue }
  }
}

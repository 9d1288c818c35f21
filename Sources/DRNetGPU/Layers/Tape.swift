import TensorEngine

/// Runs ops and records them for the backward pass, as PyTorch's autograd does.
///
/// Activations belong to the tape and not to the layers: an encoder runs several times in one step, each time with
/// its own activations. `gradients(of:)` releases them as it goes back.
public final class Tape {
  private let runner: any OpRunner
  /// How batch norm works in the ops of this tape.
  public let mode: Mode

  /// What batch norm normalises with, as PyTorch's `train()` and `eval()` choose.
  public enum Mode: Sendable {
    /// The batch's statistics; the running ones are updated.
    case training
    /// The batch's statistics, which also replace the running ones.
    case measuring
    /// The running statistics, which stay as they are.
    case frozen
  }

  private struct Record {
    /// nil for a reshape.
    var op: (any DifferentiableOp)?
    var inputs: [Tensor]
    var outputs: [Tensor]
    var wanted: [Bool]
  }
  private var records: [Record] = []
  /// Tensors that are read in place of others.
  private var replacements: [ObjectIdentifier: Tensor] = [:]
  /// Tensors that need a gradient, or that depend on one that does.
  private var tracked: Set<ObjectIdentifier> = []

  /// - Parameters:
  ///   - runner: runs the ops: a `Backend` at once, a `Recorder` when its schedule is replayed.
  ///   - mode: how batch norm works.
  ///   - parameters: need gradients (PyTorch's requires_grad), if they are weights; without any, nothing is recorded.
  ///   - replacements: tensors that are read in place of parameters, such as their averages.
  public init(
    _ runner: any OpRunner, mode: Mode, tracking parameters: [Parameter] = [],
    reading replacements: [(parameter: Parameter, tensor: Tensor)] = []
  ) {
    self.runner = runner
    self.mode = mode
    for (parameter, tensor) in replacements { self.replacements[ObjectIdentifier(parameter.tensor)] = tensor }
    for parameter in parameters where parameter.kind == .weight { track(parameter.tensor) }
  }

  /// Asks for the gradient of a tensor (PyTorch's requires_grad).
  public func track(_ tensor: Tensor) { tracked.insert(ObjectIdentifier(tensor)) }

  /// Runs an op and records it if an input needs a gradient.
  /// - Parameters:
  ///   - op: the op.
  ///   - inputs: its inputs, in the order that the op declares.
  ///   - places: tensors to write outputs into, by position of the output; the others are allocated. Tensors that
  ///     others replace are not written.
  /// - Returns: the outputs, in the order that the op declares.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func run(_ op: any DifferentiableOp, _ inputs: [Tensor], into places: [Int: Tensor] = [:]) throws -> [Tensor] {
    func replaced(_ tensor: Tensor) -> Tensor { replacements[ObjectIdentifier(tensor)] ?? tensor }
    let (inputs, places) = replacements.isEmpty ? (inputs, places) : (inputs.map(replaced), places.mapValues(replaced))
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

  /// Runs an op whose outputs are constants: no gradient goes back through it.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func constants(_ op: any Op, _ inputs: [Tensor]) throws -> [Tensor] { try runner.run(op, inputs) }

  /// The same vectors in another shape: (N, D, 1, 1) as (N, D), or the reverse. Nothing is copied.
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

  /// Gradients of the sum over `losses` of loss times weight, with respect to all tracked tensors. Loss and weight are
  /// tensors of one number. The tape is empty afterwards.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
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

/// The gradients that `Tape.gradients(of:)` returns, by tensor.
public struct Gradients {
  private var byTensor: [ObjectIdentifier: Tensor] = [:]

  /// The gradient with respect to `tensor`, of the same shape; nil if no loss depends on it or it was not tracked.
  public internal(set) subscript(tensor: Tensor) -> Tensor? {
    get { byTensor[ObjectIdentifier(tensor)] }
    set { byTensor[ObjectIdentifier(tensor)] = newValue }
  }
}

/// One step of an LSTM cell. With z = gatesFromInput + gatesFromHidden, in PyTorch's order i, f, g, o:
/// newC = sigmoid(z_f) c + sigmoid(z_i) tanh(z_g), h = sigmoid(z_o) tanh(newC).
///
/// gatesFromInput, gatesFromHidden, activatedGates: (N, 4H); c, h, newC: (N, H). activatedGates, for the backward op,
/// carries no gradient.
public struct LSTMCellForward: DifferentiableOp {
  public static let name = OpName.lstmCellForward
  public var differentiableOutputs: Int { 2 }

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 3, "\(Self.name) takes gatesFromInput, gatesFromHidden and c")
    let (gates, c) = (inputs[0], inputs[2])
    precondition(gates == inputs[1] && gates.isVectors && c.isVectors, "\(inputs) are not vectors of gates and cells")
    precondition(gates.shape == Shape(c.shape.batch, 4 * c.shape.channels), "gates are \(gates), c is \(c)")
    return [c, c, gates]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let hidden = inputs[2].shape.channels
    parallelFor(inputs[2].shape.batch) { range in
      for n in range {
        let (fromInput, fromHidden) = (inputs[0].base + n * 4 * hidden, inputs[1].base + n * 4 * hidden)
        let (c, h, newC) = (inputs[2].base + n * hidden, outputs[0].base + n * hidden, outputs[1].base + n * hidden)
        let gates = outputs[2].base + n * 4 * hidden
        for j in 0..<4 * hidden {
          let z = fromInput[j] + fromHidden[j]
          gates[j] = j / hidden == 2 ? Scalar.tanh(z) : Scalar.logistic(z)
        }
        for j in 0..<hidden {
          newC[j] = gates[hidden + j] * c[j] + gates[j] * gates[2 * hidden + j]
          h[j] = gates[3 * hidden + j] * Scalar.tanh(newC[j])
        }
      }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    LaunchPlan([
      .overCells(
        "lstm_cell_forward", [.input(0), .input(1), .input(2), .output(0), .output(1), .output(2)],
        of: inputs[2].shape, on: device)
    ])
  }

  public func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?] {
    let (gradH, gradNewC) = (outputGradients[0], outputGradients[1])
    guard wanted.contains(true), gradH != nil || gradNewC != nil else { return [nil, nil, nil] }
    let backward = LSTMCellBackward(hasGradH: gradH != nil, hasGradNewC: gradNewC != nil)
    let gradients = try run(
      backward, [outputs[2], inputs[2], outputs[1]] + [gradH, gradNewC].compactMap { $0 })
    return [
      wanted[0] ? gradients[0] : nil, wanted[1] ? gradients[0] : nil, wanted[2] ? gradients[1] : nil,
    ]
  }

  public static var parityCases: [ParityCase] {
    cellCases.map { name, batch, hidden in
      let gates = TensorType.features(batch, 4 * hidden)
      return ParityCase(name, LSTMCellForward(), [gates, gates, .features(batch, hidden)])
    }
  }
}

/// Gradients of `LSTMCellForward`: inputs activatedGates, c, newC and then gradH and gradNewC, of which one may be left
/// out, for zero; outputs gradGates, the same for both summands of the gates, and gradC.
///
/// activatedGates, gradGates: (N, 4H); all else (N, H).
public struct LSTMCellBackward: Op {
  public static let name = OpName.lstmCellBackward
  public var hasGradH: Bool
  public var hasGradNewC: Bool

  public init(hasGradH: Bool = true, hasGradNewC: Bool = true) {
    precondition(hasGradH || hasGradNewC, "a cell without gradients needs no backward op")
    self.hasGradH = hasGradH
    self.hasGradNewC = hasGradNewC
  }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(
      inputs.count == (hasGradH && hasGradNewC ? 5 : 4), "\(Self.name) takes activatedGates, c, newC and gradients")
    let (gates, c) = (inputs[0], inputs[1])
    precondition(
      gates.isVectors && inputs.dropFirst().allSatisfy { $0 == c && c.isVectors }, "\(inputs): not one (N, H)")
    precondition(gates.shape == Shape(c.shape.batch, 4 * c.shape.channels), "gates are \(gates), c is \(c)")
    return [gates, c]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let hidden = inputs[1].shape.channels
    let gradH = hasGradH ? inputs[3].base : nil
    let gradNewC = hasGradNewC ? inputs[inputs.count - 1].base : nil
    parallelFor(inputs[1].shape.batch) { range in
      for n in range {
        let (gates, gradGates) = (inputs[0].base + n * 4 * hidden, outputs[0].base + n * 4 * hidden)
        for j in 0..<hidden {
          let cell = n * hidden + j
          let (i, f) = (gates[j], gates[hidden + j])
          let (g, o) = (gates[2 * hidden + j], gates[3 * hidden + j])
          let t = Scalar.tanh(inputs[2].base[cell])
          let ofH = gradH?[cell] ?? 0
          let ofC = (gradNewC?[cell] ?? 0) + ofH * o * (1 - t * t)
          gradGates[j] = ofC * g * i * (1 - i)
          gradGates[hidden + j] = ofC * inputs[1].base[cell] * f * (1 - f)
          gradGates[2 * hidden + j] = ofC * i * (1 - g * g)
          gradGates[3 * hidden + j] = ofH * t * o * (1 - o)
          outputs[1].base[cell] = ofC * f
        }
      }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    // The kernel does not read a gradient that is left out; the other one stands in as an argument.
    let gradients: [KernelArgument] = [.input(3), .input(inputs.count - 1)]
    let flags: [KernelArgument] = [.int(hasGradH ? 1 : 0), .int(hasGradNewC ? 1 : 0)]
    return LaunchPlan([
      .overCells(
        "lstm_cell_backward",
        [.input(0), .input(1), .input(2)] + gradients + [.output(0), .output(1)] + flags, of: inputs[1].shape,
        on: device)
    ])
  }

  public static var parityCases: [ParityCase] {
    cellCases.flatMap { name, batch, hidden in
      let c = TensorType.features(batch, hidden)
      let saved = [.features(batch, 4 * hidden), c, c]
      return [
        ParityCase(name, LSTMCellBackward(), saved + [c, c]),
        ParityCase("\(name), gradH alone", LSTMCellBackward(hasGradNewC: false), saved + [c]),
        ParityCase("\(name), gradNewC alone", LSTMCellBackward(hasGradH: false), saved + [c]),
      ]
    }
  }
}

/// N and H for the tests.
private let cellCases: [(name: String, batch: Int, hidden: Int)] = [
  ("one cell", 1, 1), ("odd", 3, 5), ("ragged", 5, 69), ("aligned", 7, 64), ("released size", 32, 256),
]

extension KernelLaunch {
  /// A kernel over units of 16 cells of vectors (N, H), or of one on GPUs. Appends N, H and the units in an item.
  fileprivate static func overCells(
    _ kernel: String, _ arguments: [KernelArgument], of shape: Shape, on device: DeviceTraits
  ) -> KernelLaunch {
    let lanes = device.sumsInGroups ? 1 : BlockedLayout.block
    let units = shape.batch * BlockedLayout.blocks(shape.channels, of: lanes)
    // A unit holds five vectors of exponentials: as long as thirty that are only read.
    let run = device.run(of: units, vectors: 30)
    return KernelLaunch(
      kernel, defines: lanes == 1 ? ["LANES": "1"] : [:],
      arguments + [.int(shape.batch), .int(shape.channels), .int(run)],
      over: [DeviceTraits.quotient(units, run)], groups: device.groups())
  }
}

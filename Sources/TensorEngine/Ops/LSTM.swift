/// A layer of a long short-term memory (LSTM) over T time steps. At time step t, with the gates z in PyTorch's order
/// i, f, g, o: z = gatesFromInput_t + b + w h_(t-1), c_t = sigmoid(z_f) c_(t-1) + sigmoid(z_i) tanh(z_g) and
/// h_t = sigmoid(z_o) tanh(c_t).
///
/// The rows of all time steps are concatenated along the first axis. Inputs gatesFromInput (T N, 4H), initialH (N, H),
/// initialC (N, H), w (4H, H), b (4H); outputs h (T N, H), c (T N, H), and for the backward op activatedGates (T N, 4H)
/// and previousH (T N, H), the h before each row's time step. h and c carry gradients, c only together with h.
public struct LSTMForward: DifferentiableOp {
  public static let name = OpName.lstmForward

  public init() {}

  /// h and c.
  public var differentiableOutputs: Int { 2 }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 5, "\(Self.name) takes gatesFromInput, initialH, initialC, w and b")
    let size = LSTMSize(gates: inputs[0], cells: inputs[1], weight: inputs[3])
    precondition(inputs[2] == inputs[1] && inputs[4] == .channels(4 * size.hidden), "\(inputs) do not fit together")
    return [size.cells, size.cells, inputs[0], size.cells]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (batch, hidden) = (inputs[1].shape.batch, inputs[1].shape.channels)
    let (w, b) = (inputs[3].base, inputs[4].base)
    for t in 0..<inputs[0].shape.batch / batch {
      let first = t * batch
      let beforeH = t == 0 ? inputs[1].base : outputs[0].base + (first - batch) * hidden
      let beforeC = t == 0 ? inputs[2].base : outputs[1].base + (first - batch) * hidden
      let (h, c) = (outputs[0].base + first * hidden, outputs[1].base + first * hidden)
      let (fromInput, gates) = (inputs[0].base + first * 4 * hidden, outputs[2].base + first * 4 * hidden)
      (outputs[3].base + first * hidden).update(from: beforeH, count: batch * hidden)
      parallelFor(hidden, grain: LSTMSize.cellsTogether) { cells in
        for gate in 0..<4 {
          let column = gate * hidden + cells.lowerBound
          for n in 0..<batch {
            let row = n * 4 * hidden + column
            for j in 0..<cells.count { gates[row + j] = fromInput[row + j] + b[column + j] }
          }
          Scalar.gemm(
            transposeA: false, transposeB: true, m: batch, n: cells.count, k: hidden, alpha: 1, beforeH,
            leadingA: hidden, w + column * hidden, leadingB: hidden, beta: 1, gates + column, leadingC: 4 * hidden)
          for n in 0..<batch {
            let row = gates + n * 4 * hidden + column
            for j in 0..<cells.count { row[j] = gate == 2 ? Scalar.tanh(row[j]) : Scalar.logistic(row[j]) }
          }
        }
        for n in 0..<batch {
          let row = gates + n * 4 * hidden
          for j in cells {
            let cell = n * hidden + j
            c[cell] = row[hidden + j] * beforeC[cell] + row[j] * row[2 * hidden + j]
            h[cell] = row[3 * hidden + j] * Scalar.tanh(c[cell])
          }
        }
      }
    }
  }

  /// The products with w.
  public func work(_ inputs: [TensorType]) -> Work {
    Work(operations: 2 * inputs[1].shape.channels * inputs[0].shape.count, bytes: movedBytes(inputs))
  }

  public func gradients<T>(
    inputs: [T], outputs: [T], outputGradients: [T?], wanted: [Bool], type: (T) -> TensorType,
    run: (any Op, [T]) throws -> [T]
  ) rethrows -> [T?] {
    guard let gradH = outputGradients[0] else {
      precondition(outputGradients[1] == nil, "\(Self.name) has no gradient of c without one of h")
      return [nil, nil, nil, nil, nil]
    }
    let backward = try run(
      LSTMBackward(), [outputs[2], outputs[1], inputs[2], inputs[3], gradH] + [outputGradients[1]].compactMap { $0 })
    let gradGates = backward[0]
    /// The rows of the first time step.
    func firstStep() throws -> T {
      let batch = type(inputs[1]).shape.batch
      return type(gradGates).shape.batch == batch
        ? gradGates : try run(SliceRows(first: 0, count: batch), [gradGates])[0]
    }
    return [
      wanted[0] ? gradGates : nil,
      wanted[1] ? try run(LinearBackwardInput(), [firstStep(), inputs[3]])[0] : nil,
      wanted[2] ? backward[1] : nil,
      wanted[3] ? try run(LinearBackwardWeight(), [outputs[3], gradGates])[0] : nil,
      wanted[4] ? try run(BiasBackward(), [gradGates])[0] : nil,
    ]
  }

  public static var parityCases: [ParityCase] {
    LSTMCase.all.map {
      ParityCase(
        $0.name, LSTMForward(), [$0.gates, $0.state, $0.state, $0.weight, .channels(4 * $0.hidden)],
        draws: [3: $0.weightDraw], tolerance: $0.tolerance)
    }
  }
}

/// The gradients of `LSTMForward` with respect to its gates, which equals that with respect to gatesFromInput, and to
/// initialC.
///
/// Inputs activatedGates (T N, 4H), c (T N, H), initialC (N, H), w (4H, H), gradH (T N, H), and gradC (T N, H) if the
/// loss depends on c other than through h; outputs gradGates (T N, 4H), gradInitialC (N, H).
public struct LSTMBackward: Op {
  public static let name = OpName.lstmBackward

  public init() {}

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition((5...6).contains(inputs.count), "\(Self.name) takes activatedGates, c, initialC, w, gradH and gradC")
    let size = LSTMSize(gates: inputs[0], cells: inputs[2], weight: inputs[3])
    precondition(
      inputs[1] == size.cells && inputs[4...].allSatisfy { $0 == size.cells }, "\(inputs) do not fit together")
    return [inputs[0], inputs[2]]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    let (batch, hidden) = (inputs[2].shape.batch, inputs[2].shape.channels)
    let steps = inputs[0].shape.batch / batch
    // Gradients with respect to h of a time step, and to c of the previous one.
    var gradH = [Scalar](repeating: 0, count: batch * hidden)
    let gradC = outputs[1].base
    gradC.update(repeating: 0, count: batch * hidden)
    gradH.withUnsafeMutableBufferPointer { gradH in
      // Safe: chunks have disjoint cells.
      nonisolated(unsafe) let (gradH, gradC) = (gradH.baseAddress!, gradC)
      for t in (0..<steps).reversed() {
        let first = t * batch
        let beforeC = t == 0 ? inputs[2].base : inputs[1].base + (first - batch) * hidden
        let (c, fromAbove) = (inputs[1].base + first * hidden, inputs[4].base + first * hidden)
        let (gates, gradGates) = (inputs[0].base + first * 4 * hidden, outputs[0].base + first * 4 * hidden)
        let ofNewC = inputs.count > 5 ? inputs[5].base + first * hidden : nil
        parallelFor(hidden, grain: LSTMSize.cellsTogether) { cells in
          for n in 0..<batch {
            let row = n * hidden + cells.lowerBound
            (gradH + row).update(from: fromAbove + row, count: cells.count)
          }
          if t + 1 < steps {
            Scalar.gemm(
              transposeA: false, transposeB: false, m: batch, n: cells.count, k: 4 * hidden, alpha: 1,
              gradGates + batch * 4 * hidden, leadingA: 4 * hidden, inputs[3].base + cells.lowerBound,
              leadingB: hidden, beta: 1, gradH + cells.lowerBound, leadingC: hidden)
          }
          for n in 0..<batch {
            let (gates, gradGates) = (gates + n * 4 * hidden, gradGates + n * 4 * hidden)
            for j in cells {
              let cell = n * hidden + j
              let (i, f) = (gates[j], gates[hidden + j])
              let (g, o) = (gates[2 * hidden + j], gates[3 * hidden + j])
              let tanhC = Scalar.tanh(c[cell])
              let ofC = gradC[cell] + (ofNewC?[cell] ?? 0) + gradH[cell] * o * (1 - tanhC * tanhC)
              gradGates[j] = ofC * g * i * (1 - i)
              gradGates[hidden + j] = ofC * beforeC[cell] * f * (1 - f)
              gradGates[2 * hidden + j] = ofC * i * (1 - g * g)
              gradGates[3 * hidden + j] = gradH[cell] * tanhC * o * (1 - o)
              gradC[cell] = ofC * f
            }
          }
        }
      }
    }
  }

  /// The products with w. The last time step needs none.
  public func work(_ inputs: [TensorType]) -> Work {
    let (gates, state) = (inputs[0].shape, inputs[2].shape)
    let rows = gates.batch - state.batch
    return Work(operations: 2 * state.channels * rows * gates.channels, bytes: movedBytes(inputs))
  }

  public static var parityCases: [ParityCase] {
    LSTMCase.all.map {
      ParityCase(
        $0.name, LSTMBackward(), [$0.gates, $0.cells, $0.state, $0.weight, $0.cells], draws: [3: $0.weightDraw],
        tolerance: $0.tolerance)
    }
      + LSTMCase.all.map {
        ParityCase(
          $0.name + ", of c", LSTMBackward(), [$0.gates, $0.cells, $0.state, $0.weight, $0.cells, $0.cells],
          draws: [3: $0.weightDraw], tolerance: $0.tolerance)
      }
  }
}

/// The sizes of a layer.
struct LSTMSize {
  let steps, batch, hidden: Int

  /// Cells of a chunk: enough for BLAS, and at the size of the paper's model enough chunks for four cores.
  static let cellsTogether = 64

  /// - Parameters:
  ///   - gates: (T N, 4H).
  ///   - cells: (N, H).
  ///   - weight: (4H, H).
  init(gates: TensorType, cells: TensorType, weight: TensorType) {
    (batch, hidden) = (cells.shape.batch, cells.shape.channels)
    precondition(gates.isVectors && cells.isVectors, "\(gates) and \(cells) are not vectors of gates and cells")
    precondition(gates.shape.channels == 4 * hidden && weight == .filter(4 * hidden, hidden), "\(gates) from \(weight)")
    precondition(gates.shape.batch.isMultiple(of: batch), "\(gates.shape.batch) rows are no time steps of \(batch)")
    steps = gates.shape.batch / batch
  }

  /// (T N, H).
  var cells: TensorType { .features(steps * batch, hidden) }
}

/// Sizes for the tests.
private struct LSTMCase {
  var name: String
  var steps: Int
  var batch: Int
  var hidden: Int

  var gates: TensorType { .features(steps * batch, 4 * hidden) }
  var cells: TensorType { .features(steps * batch, hidden) }
  var state: TensorType { .features(batch, hidden) }
  var weight: TensorType { .filter(4 * hidden, hidden) }

  /// The range of the weights of a new layer, so that errors do not grow from one time step to the next.
  var weightDraw: ParityCase.Draw { .uniform(-1 / Float(hidden).squareRoot()...1 / Float(hidden).squareRoot()) }

  /// The tolerance of a sum over all time steps, with the longer sums of the backward op.
  var tolerance: ParityCase.Tolerance { .runningSum(of: steps * 4 * hidden) }

  static let all = [
    LSTMCase(name: "one cell", steps: 1, batch: 1, hidden: 1),
    LSTMCase(name: "one cell again and again", steps: 5, batch: 1, hidden: 1),
    LSTMCase(name: "odd extents", steps: 3, batch: 3, hidden: 5),
    LSTMCase(name: "past a block", steps: 2, batch: 7, hidden: 19),
    LSTMCase(name: "rows past a tile", steps: 2, batch: 13, hidden: 32),
    LSTMCase(name: "cells past a pass", steps: 3, batch: 5, hidden: 169),
    LSTMCase(name: "released size", steps: 3, batch: 32, hidden: 256),
    LSTMCase(name: "rows past an item", steps: 2, batch: 70, hidden: 16),
  ]
}

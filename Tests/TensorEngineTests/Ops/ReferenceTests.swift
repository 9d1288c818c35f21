import TestSupport
import Testing

@testable import TensorEngine

@Suite("References")
struct ReferenceTests {
  @Test("give in Float what they give in Double", arguments: OpName.allCases)
  func floatAgreesWithDouble(name: OpName) throws {
    let selection = CaseSelection.environment
    for parityCase in name.type.parityCases where try selection.contains(name, parityCase, "reference") {
      let inputs = parityCase.drawInputs(seed: 1)
      let single = runReference(parityCase.op, parityCase.inputs, inputs.map(\.values))
      let double = runReference(parityCase.op, parityCase.inputs, inputs.map { $0.values.map(Double.init) })
      var worst = 0.0
      for output in single.indices {
        let share = ToleranceShare(single[output].map(Double.init), double[output], parityCase.tolerance)
        #expect(share.share <= 1, "\(name) \(parityCase.name), output \(output), seed 1: \(share)")
        worst = max(worst, share.share)
      }
      selection.report(name, parityCase, "reference", "\(worst) of the tolerance")
    }
  }

  @Test("have the gradients that central differences find", arguments: OpName.allCases)
  func gradientsAgreeWithDifferences(name: OpName) throws {
    let selection = CaseSelection.environment
    for parityCase in name.type.parityCases where try selection.contains(name, parityCase, "gradient") {
      guard let op = parityCase.op as? any DifferentiableOp else { continue }
      let check = GradientCheck(op, parityCase)
      var worst = 0.0
      for input in parityCase.inputs.indices {
        for (direction, share) in check.shares(ofInput: input).enumerated() {
          #expect(
            share <= 1, "\(name) \(parityCase.name), input \(input), direction \(direction): \(share) of the tolerance")
          worst = max(worst, share)
        }
      }
      selection.report(name, parityCase, "gradient", "\(worst) of the tolerance")
    }
  }

  @Test("of forward ops all have a gradient")
  func forwardOpsAreDifferentiable() {
    for name in OpName.allCases where name.rawValue.hasSuffix("Forward") {
      #expect(name.type.parityCases.allSatisfy { $0.op is any DifferentiableOp }, "\(name)")
    }
  }
}

/// Holds an op's gradient of f(x) = sum over outputs of <output, cotangent> against (f(x + h d) - f(x - h d)) / 2h.
struct GradientCheck {
  private let op: any DifferentiableOp
  private let types: [TensorType]
  private let inputs: [[Double]]
  private let cotangents: [[Double]]
  private let gradients: [[Double]?]

  /// So small that no element of a case crosses the kink of a rectifier.
  private static let step = 1e-7
  /// Besides rounding, which the quotient magnifies by 1 / h.
  private static let tolerance = 1e-6

  init(_ op: any DifferentiableOp, _ parityCase: ParityCase) {
    struct Value {
      var type: TensorType
      var values: [Double]
    }
    self.op = op
    types = parityCase.inputs
    inputs = parityCase.drawInputs(seed: 2).map { $0.values.map(Double.init) }
    let outputs = runReference(op, types, inputs)
    let outputTypes = op.outputTypes(types)
    let cotangents = outputs.prefix(op.differentiableOutputs).enumerated().map { index, output in
      var random = CounterRandom(seed: 3, purpose: .tests, step: 1, sample: index)
      return output.map { _ in Double.random(in: -1...1, using: &random) }
    }
    self.cotangents = cotangents
    let found = op.gradients(
      inputs: zip(types, inputs).map { Value(type: $0, values: $1) },
      outputs: zip(outputTypes, outputs).map { Value(type: $0, values: $1) },
      outputGradients: outputs.indices.map { index in
        index < cotangents.count ? Value(type: outputTypes[index], values: cotangents[index]) : nil
      },
      wanted: types.map { _ in true }, type: \.type,
      run: { op, arguments in
        let results = runReference(op, arguments.map(\.type), arguments.map(\.values))
        return zip(op.outputTypes(arguments.map(\.type)), results).map { Value(type: $0, values: $1) }
      })
    gradients = found.map { $0?.values }
  }

  /// Error of each direction as a share of the tolerance: every axis of a small input, random directions of a large one.
  func shares(ofInput input: Int) -> [Double] {
    guard let gradient = gradients[input] else { return [] }
    let count = inputs[input].count
    let directions: [[Double]] =
      count <= 40
      ? (0..<count).map { axis in (0..<count).map { $0 == axis ? 1 : 0 } }
      : (0..<4).map { number in
        var random = CounterRandom(seed: 4, purpose: .tests, step: 2, sample: number)
        return (0..<count).map { _ in Double.random(in: -1...1, using: &random) }
      }
    let outputs = runReference(op, types, inputs)
    let terms = zip(outputs, cotangents).reduce(0) { sum, pair in
      sum + zip(pair.0, pair.1).reduce(0) { $0 + abs($1.0 * $1.1) }
    }
    let rounding = 4 * Double.ulpOfOne * terms / Self.step
    return directions.map { direction in
      let difference = (value(input, direction, Self.step) - value(input, direction, -Self.step)) / (2 * Self.step)
      let product = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
      let scale = zip(gradient, direction).reduce(1) { $0 + abs($1.0 * $1.1) }
      return abs(difference - product) / (Self.tolerance * scale + rounding)
    }
  }

  private func value(_ input: Int, _ direction: [Double], _ step: Double) -> Double {
    var moved = inputs
    for index in direction.indices { moved[input][index] += step * direction[index] }
    let outputs = runReference(op, types, moved)
    return zip(outputs, cotangents).reduce(0) { sum, pair in
      sum + zip(pair.0, pair.1).reduce(0) { $0 + $1.0 * $1.1 }
    }
  }
}

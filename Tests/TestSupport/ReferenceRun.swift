@testable import TensorEngine

/// Runs an op's reference on arrays. Outputs start as NaN, so an element that is not written is seen.
public func runReference<Scalar: ReferenceScalar>(
  _ op: any Op, _ types: [TensorType], _ inputs: [[Scalar]]
) -> [[Scalar]] {
  let outputTypes = op.outputTypes(types)
  let inputMemory = inputs.map { array in
    let memory = UnsafeMutablePointer<Scalar>.allocate(capacity: max(array.count, 1))
    memory.initialize(from: array, count: array.count)
    return memory
  }
  let outputMemory = outputTypes.map { type in
    let memory = UnsafeMutablePointer<Scalar>.allocate(capacity: type.shape.count)
    memory.initialize(repeating: .nan, count: type.shape.count)
    return memory
  }
  defer {
    for memory in inputMemory + outputMemory { memory.deallocate() }
  }
  op.reference(
    zip(types, inputMemory).map { TensorView($0.shape, $1) },
    into: zip(outputTypes, outputMemory).map { TensorView($0.shape, $1) })
  return zip(outputTypes, outputMemory).map { Array(UnsafeBufferPointer(start: $1, count: $0.shape.count)) }
}

extension ParityCase {
  /// Fixed numbers for the case's inputs, as a device of a precision holds them; `seed` is printed with every failure.
  public func drawInputs(seed: UInt64, precision: Precision = .float) -> [HostTensor] {
    inputs.enumerated().map { index, type in
      var random = CounterRandom(seed: seed, purpose: .tests, step: 0, sample: index)
      var host = HostTensor(type.shape)
      for element in host.values.indices {
        switch draws[index] ?? .uniform(-1...1) {
        case .uniform(let range): host.values[element] = Float.random(in: range, using: &random)
        case .bits: host.values[element] = Bool.random(using: &random) ? 1 : 0
        case .wholeNumbers(let limit): host.values[element] = Float(Int.random(in: 0..<limit, using: &random))
        case .awayFromZero:
          let magnitude = Float.random(in: 0.05...1, using: &random)
          host.values[element] = Bool.random(using: &random) ? magnitude : -magnitude
        case .withInfinity:
          let isLast = element == host.values.count - 1
          host.values[element] = isLast ? .infinity : Float.random(in: -1...1, using: &random)
        }
      }
      return BlockedLayout(type, precision).rounded(host)
    }
  }
}

/// The largest error as a share of what a tolerance allows, and where it is.
public struct ToleranceShare: CustomStringConvertible {
  public var share: Double
  public var index: Int
  public var found: Double
  public var expected: Double

  /// NaN or infinity that is not expected counts as an infinite error.
  public init(_ found: [Double], _ expected: [Double], _ tolerance: ParityCase.Tolerance) {
    precondition(found.count == expected.count, "\(found.count) elements against \(expected.count)")
    var worst = (share: 0.0, index: 0)
    for index in found.indices {
      let allowed = Double(tolerance.absolute) + Double(tolerance.relative) * abs(expected[index])
      let error = abs(found[index] - expected[index])
      let share = error.isFinite ? error / allowed : .infinity
      if share > worst.share { worst = (share, index) }
    }
    (share, index) = worst
    self.found = found.isEmpty ? 0 : found[worst.index]
    self.expected = expected.isEmpty ? 0 : expected[worst.index]
  }

  public var description: String {
    "\(share) of the tolerance at element \(index): found \(found), expected \(expected)"
  }
}

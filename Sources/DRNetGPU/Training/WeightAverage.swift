/// An exponential moving average of all weights and running statistics: a_t = decay a_{t-1} + (1 - decay) w_t.
///
/// Adversarial training circles around its goal; the average sits nearer to the middle. It is what evaluation, swaps,
/// prediction and encoding use.
public final class WeightAverage {
  private let backend: any Backend
  private let op: ExponentialMovingAverage
  private let parameters: [(name: String, parameter: Parameter)]
  private(set) var averages: [Tensor]

  /// Starts at the parameters' present values.
  init(_ parameters: [(name: String, parameter: Parameter)], decay: Double, on backend: any Backend) throws {
    self.backend = backend
    op = ExponentialMovingAverage(decay: decay)
    self.parameters = parameters
    averages = try parameters.map {
      try backend.upload(backend.download($0.parameter.tensor), as: $0.parameter.type.role)
    }
  }

  func update() throws {
    for (average, entry) in zip(averages, parameters) where entry.parameter.kind != .inertBias {
      try backend.run(op, [average, entry.parameter.tensor], into: [average])
    }
  }

  /// Puts the averages in the networks while `body` runs, and the trained weights back afterwards.
  func use<Result>(_ body: () throws -> Result) rethrows -> Result {
    exchange()
    defer { exchange() }
    return try body()
  }

  private func exchange() {
    for (index, entry) in parameters.enumerated() {
      (entry.parameter.tensor, averages[index]) = (averages[index], entry.parameter.tensor)
    }
  }
}

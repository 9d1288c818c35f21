import TensorEngine

/// An exponential moving average of all weights and running statistics: a_t = decay a_{t-1} + (1 - decay) w_t.
///
/// Adversarial training oscillates around its optimum; the average lies closer to it. Evaluation, swaps, prediction and
/// encoding use the average.
final class WeightAverage {
  private let op: ExponentialMovingAverage
  private let parameters: [(name: String, parameter: Parameter)]
  private(set) var averages: [Tensor] = []
  /// Parameters of one network and one kind, and their averages; without inert biases, which never change.
  private var groups: [(values: TensorGroup, averages: TensorGroup)] = []

  /// Starts at the parameters' current values.
  init(_ parameters: [(name: String, parameter: Parameter)], decay: Double, on backend: any Backend) throws {
    op = ExponentialMovingAverage(decay: decay)
    self.parameters = parameters
    for (_, parameter) in parameters {
      if parameter.kind == .inertBias {
        averages.append(try backend.allocate(parameter.type))
      } else {
        let values = parameter.group
        if !groups.contains(where: { $0.values === values }) {
          groups.append((values, try backend.allocateGroup(values.tensors.map(\.type))))
        }
        let group = groups.first { $0.values === values }!
        averages.append(group.averages.tensors[values.tensors.firstIndex { $0 === parameter.tensor }!])
      }
      try backend.upload(backend.download(parameter.tensor), to: averages.last!)
    }
  }

  /// Records one update.
  func update(on recorder: Recorder) {
    for group in groups {
      for (average, value) in zip(group.averages.spans, group.values.spans) {
        recorder.run(op, [average, value], into: [average])
      }
    }
  }

  /// Each parameter and its average, which a tape reads in its place.
  var replacements: [(parameter: Parameter, tensor: Tensor)] {
    zip(parameters, averages).map { (parameter: $0.parameter, tensor: $1) }
  }
}

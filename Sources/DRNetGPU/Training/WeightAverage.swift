import TensorEngine

/// An exponential moving average of all weights: a_t = decay_t a_(t-1) + (1 - decay_t) w_t.
///
/// Adversarial training oscillates around its optimum; the average lies closer to it. Evaluation, swaps, prediction and
/// encoding use the average, with statistics of its own: see `FreshStatistics`.
final class WeightAverage {
  private let decay: Double
  private let backend: any Backend
  /// decay_t, 1 - decay_t: in device memory, so that a step's launches never change.
  private let shares: Tensor
  /// Each weight or inert bias and its average, which a tape reads in its place.
  private(set) var replacements: [(parameter: Parameter, tensor: Tensor)] = []
  /// The weights of one network, and their averages; without inert biases, which never change.
  private var groups: [(values: TensorGroup, averages: TensorGroup)] = []

  /// Starts at the parameters' current values.
  /// - Parameters:
  ///   - parameters: weights and inert biases are averaged; running statistics are not.
  ///   - decay: the largest decay.
  ///   - backend: holds the parameters.
  init(_ parameters: [Parameter], decay: Double, on backend: any Backend) throws {
    self.decay = decay
    self.backend = backend
    shares = try backend.allocate(TensorType([2], .plain))
    for parameter in parameters where parameter.kind != .statistic {
      let average: Tensor
      if parameter.kind == .inertBias {
        average = try backend.allocate(parameter.type)
      } else {
        let values = parameter.group
        if groups.last?.values !== values {
          groups.append((values, try backend.allocateGroup(values.tensors.map(\.type))))
        }
        average = groups[groups.count - 1].averages.tensors[values.tensors.firstIndex { $0 === parameter.tensor }!]
      }
      try backend.upload(backend.download(parameter.tensor), to: average)
      replacements.append((parameter, average))
    }
  }

  /// The decay of an update: min(decay, (1 + t) / (10 + t)), as TensorFlow's ExponentialMovingAverage with
  /// `num_updates`.
  ///
  /// While it rises, the average reaches back over a ninth of the steps done, and the weights that it started from have
  /// the share t! 9! / (t + 9)!: 1e-7 after 20 updates. With a constant decay of 0.995 they would have 22 % after 300.
  /// - Parameter updates: t, updates done before this one.
  static func decay(_ largest: Double, after updates: Int) -> Double {
    min(largest, Double(1 + updates) / Double(10 + updates))
  }

  /// Sets the decay of the next update. Call it before each run of the schedule that `update` recorded.
  /// - Parameter updates: updates done.
  func begin(after updates: Int) throws {
    let decay = Self.decay(decay, after: updates)
    try backend.upload(HostTensor([2], [Float(decay), Float(1 - decay)]), to: shares)
  }

  /// Records one update.
  func update(on recorder: Recorder) {
    for group in groups {
      for (average, value) in zip(group.averages.spans, group.values.spans) {
        recorder.run(ExponentialMovingAverage(), [average, value, shares], into: [average])
      }
    }
  }
}

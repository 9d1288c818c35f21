import ArgumentParser
import DRNetGPU

/// Settings of the pose LSTM's training, under the library's names. What is not given keeps the preset's value, or the
/// library's.
struct PoseOptions: ParsableArguments {
  @Option(help: "Size of the LSTM's hidden state.") var rnnSize: Int?
  @Option(help: "LSTM cells, one above the other.") var rnnLayers: Int?
  @Option(help: "Frames observed.") var nPast: Int?
  @Option(help: "Frames predicted.") var nFuture: Int?
  @Option(help: "Clips in a batch.") var batchSize: Int?
  @Option(help: "Learning rate of Adam.") var learningRate: Double?
  @Option(help: "Decay of Adam's first moment.") var beta1: Double?
  @Flag(inversion: .prefixedNo, help: "Lower the learning rate along half a cosine to zero.") var cosine: Bool?
  @Option(help: "Training steps in all.") var steps: Int?
  @Option(help: "Seed of all random numbers.") var seed: UInt64?
  @Option(help: "Steps between checkpoints.") var saveEvery: Int?
  @Option(help: "Steps between rows of metrics.") var logEvery: Int?
  @Option(help: "Checkpoints to keep.") var keep: Int?

  func validate() throws {
    if let steps, steps < 1 { throw ValidationError("--steps \(steps): expected a whole number from 1") }
  }

  /// The settings by the names of their flags.
  private var all: [Setting<PoseConfiguration>] {
    [
      Setting("rnn-size", rnnSize, \.rnnSize), Setting("rnn-layers", rnnLayers, \.rnnLayers),
      Setting("n-past", nPast, \.nPast), Setting("n-future", nFuture, \.nFuture),
      Setting("batch-size", batchSize, \.batchSize), Setting("learning-rate", learningRate, \.learningRate),
      Setting("beta1", beta1, \.beta1), Setting("cosine", cosine, \.cosine), Setting("steps", steps, \.steps),
      Setting("seed", seed, \.seed), Setting("save-every", saveEvery, \.saveEvery),
      Setting("log-every", logEvery, \.logEvery), Setting("keep", keep, \.keep),
    ]
  }

  /// Names of all flags.
  static func flags() throws -> [String] { try parse([]).all.map(\.flag) }

  /// Name of a flag that was given and that a training cannot change on its way; nil where none was.
  var firstGivenBesideSteps: String? { all.first { $0.change != nil && $0.flag != "steps" }?.flag }

  /// Whether a flag was given.
  func gives(_ flag: String) -> Bool { all.contains { $0.flag == flag && $0.change != nil } }

  /// Puts what is given in place of what is there.
  func apply(to configuration: inout PoseConfiguration) {
    for setting in all { setting.change?(&configuration) }
  }
}

import Files
import Testing

@testable import DRNetGPU
@testable import TensorEngine

/// The average of the weights, and running statistics that belong to the weights of a checkpoint.
@Suite("Weights for inference")
struct InferenceWeightsTests {
  private var configuration = RunConfiguration()

  init() {
    configuration.width = 4
    configuration.contentDim = 8
    configuration.poseDim = 3
    configuration.batchSize = 8
    configuration.channels = 3
    configuration.steps = 40
    configuration.averageDecay = 0.995
  }

  private func training(from checkpoint: SafetensorsFile? = nil) throws -> DRNetTraining {
    let source = try DataSet.embedded.open(ClipRequest(maxStep: configuration.maxStep))
    return try DRNetTraining(configuration, source, from: checkpoint, on: CPUBackend())
  }

  @Test("The decay rises to its setting") func decay() {
    #expect([0, 1, 8, 90].map { WeightAverage.decay(0.995, after: $0) } == [0.1, 2.0 / 11, 0.5, 0.91])
    #expect(WeightAverage.decay(0.995, after: 1789) < 0.995)
    #expect(WeightAverage.decay(0.995, after: 1790) == 0.995)
    #expect(WeightAverage.decay(0, after: 5) == 0)
  }

  /// With a constant decay of 0.995, 86 % of the planted value would be left.
  @Test("No initial weight is left in the average after thirty steps") func noInitialWeight() throws {
    let backend = CPUBackend()
    let layer = Linear("layer", from: 3, to: 2)
    try layer.allocateParameters(on: backend)
    func set(_ value: Float) throws {
      for parameter in layer.parameters {
        try backend.upload(HostTensor(parameter.type.shape, repeating: value), to: parameter.tensor)
      }
    }
    try set(1000)
    let average = try WeightAverage(layer.parameters, decay: 0.995, on: backend)
    let recorder = Recorder(for: backend)
    average.update(on: recorder)
    let replay = try backend.prepare([recorder.schedule])[0]
    try set(1)
    for step in 0..<30 {
      try average.begin(after: step)
      try replay.run()
    }
    // 30! 9! / 39! of 999 is 5e-6; thirty roundings of values near 1 are 4e-6 at most.
    for (_, tensor) in average.replacements {
      for value in try backend.download(tensor).values { #expect(abs(value - 1) < 1e-5) }
    }
  }

  @Test(
    "Statistics are measured over 512 clips, or 1 % of the time, but at least 256 or 16 batches; six times that for poses",
    arguments: [
      (32, 1000, 4000, 13, 83), (32, 5000, 10_000, 16, 96), (32, 1000, 300, 8, 48), (32, 10, 4000, 8, 48),
      (100, 1000, 10_000, 6, 31), (4, 1000, 10_000, 16, 96), (4, 20_000, 100_000, 128, 768),
    ])
  func batches(batchSize: Int, saveEvery: Int, steps: Int, networks: Int, pose: Int) {
    var configuration = RunConfiguration()
    (configuration.batchSize, configuration.saveEvery, configuration.steps) = (batchSize, saveEvery, steps)
    let found = configuration.statisticsBatches(at: steps, isLast: false)
    #expect(found == StatisticsBatches(networks: networks, pose: pose))
  }

  @Test(
    "Those of the last checkpoint are measured over up to four times as many",
    arguments: [(100, 8, 48), (1000, 13, 83), (3000, 41, 250), (8000, 64, 384), (400_000, 64, 384)])
  func batchesOfTheLast(step: Int, networks: Int, pose: Int) throws {
    var configuration = RunConfiguration()
    (configuration.batchSize, configuration.saveEvery, configuration.steps) = (32, 1000, 1_000_000)
    let found = configuration.statisticsBatches(at: step, isLast: true)
    #expect(found == StatisticsBatches(networks: networks, pose: pose))
  }

  @Test("A longer training measures its last checkpoint over more clips than one on the way") func lastCheckpoint()
    throws
  {
    var suite = self
    suite.configuration.saveEvery = 1
    let training = try suite.training()
    // As if it had been trained for long.
    training.trainer.step = 3000
    _ = try training.validation(isLast: true)
    #expect(try training.checkpoint(isLast: true).file().integer(TrainerState.statisticsBatches) == 41)
  }

  @Test("Statistics for inference are measured; training keeps its own under another name") func ownStatistics() throws
  {
    let training = try training()
    for _ in 0..<3 { try training.advance() }
    let before = try training.trainer.model.contentEncoder.weights(prefix: "netEC.", from: training.trainer.backend)
    let file = try training.checkpoint().file()
    let name = "netEC.main.0.main.1.running_mean"
    #expect(file["optimizer." + name] == before[name])
    #expect(
      file[name] != before[name] && file["trained." + name] != before[name] && file[name] != file["trained." + name])
    let batches = configuration.statisticsBatches(at: 3, isLast: false)
    for name in [TrainerState.statisticsBatches, "netEC.main.0.main.1.num_batches_tracked"] {
      #expect(try file.integer(name) == .init(batches.networks), "\(name)")
    }
    for name in [TrainerState.poseStatisticsBatches, "netEP.main.0.main.1.num_batches_tracked"] {
      #expect(try file.integer(name) == .init(batches.pose), "\(name)")
    }
    // The statistics of step 3 are not those of step 4.
    try training.advance()
    let unmeasured = try training.trainer.checkpoint().file()
    #expect(unmeasured["optimizer." + name] == nil && unmeasured[name] != file[name])
  }

  @Test("A short training is shown as good as it is") func shortTraining() throws {
    let training = try training()
    for _ in 0..<configuration.steps { try training.advance() }
    let row = try training.validation()
    let average = try #require(row["validationReconstruction"])
    let trained = try #require(row["trainedValidationReconstruction"])
    #expect(average < 1.1 * trained, "average \(average), trained \(trained)")
  }

  @Test("An average that is worse than the trained weights is said at each checkpoint") func warning() throws {
    let training = try training()
    func warnings(_ average: Double) -> [String] {
      var row = MetricsRow(step: 5)
      row.set("validationReconstruction", average)
      row.set("trainedValidationReconstruction", 0.01)
      return training.warnings(about: row)
    }
    #expect(warnings(0.0102).isEmpty && warnings(0.005).isEmpty)
    for _ in 0..<2 {
      let told = warnings(0.012)
      #expect(told.count == 1 && told[0].contains("0.79 dB") && told[0].contains("--weights trained"), "\(told)")
    }
  }

  @Test("Either set of weights is read from a checkpoint, with its own statistics") func selection() throws {
    let training = try training()
    for _ in 0..<3 { try training.advance() }
    let file = try training.checkpoint().file()
    #expect(ModelWeights.inUse(in: file) == .average)
    #expect(try ModelWeights.average.selected(in: file)["netD.main.6.weight"] == file["netD.main.6.weight"])
    let trained = try ModelWeights.trained.selected(in: file)
    for name in ["netD.main.6.weight", "netEP.main.0.main.1.running_var"] {
      #expect(trained[name] == file["trained." + name] && trained[name] != file[name], "\(name)")
    }
    var plain = self
    plain.configuration.averageDecay = nil
    let unaveraged = try plain.training().checkpoint().file()
    #expect(ModelWeights.inUse(in: unaveraged) == .trained)
    #expect(try ModelWeights.trained.selected(in: unaveraged).names == unaveraged.names)
    #expect(throws: FileError.self) { try ModelWeights.average.selected(in: unaveraged) }
  }
}

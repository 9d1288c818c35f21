import Foundation
import Testing

@testable import DRNetGPU
@testable import Files
@testable import TensorEngine

@Suite("Trainers")
struct TrainerTests {
  private var configuration = RunConfiguration()

  init() {
    configuration.width = 2
    configuration.contentDim = 4
    configuration.poseDim = 3
    configuration.batchSize = 4
    configuration.channels = 3
    configuration.steps = 6
  }

  private func training(from checkpoint: SafetensorsFile? = nil) throws -> DRNetTraining {
    let source = try DataSet.embedded.open(ClipRequest(maxStep: configuration.maxStep))
    return try DRNetTraining(configuration, source, from: checkpoint, on: CPUBackend())
  }

  @Test("The cosine schedule starts at the full rate, halves it midway and ends at zero")
  func cosine() {
    let schedule = LearningRateSchedule.cosine(steps: 100)
    #expect(schedule.rate(0.2, step: 0) == 0.2)
    #expect(abs(schedule.rate(0.2, step: 50) - 0.1) < 1e-7)
    #expect(schedule.rate(0.2, step: 100) == 0)
    #expect(LearningRateSchedule.constant.rate(0.2, step: 99) == 0.2)
  }

  @Test("A warm-up starts at zero, rises by the same amount each step and stays at the full weight")
  func warmUp() {
    let weight = LossWeight(0.5, warmUp: 4)
    #expect((0..<7).map(weight.value) == [0, 0.125, 0.25, 0.375, 0.5, 0.5, 0.5])
    #expect(LossWeight(0.5).value(step: 0) == 0.5)
  }

  @Test("Similarity weighs nothing at a warm-up's first step, and goes on bit for bit from its middle")
  func alphaWarmUp() throws {
    var (without, warming) = (self, self)
    without.configuration.alpha = 0
    warming.configuration.alphaWarmUp = 4
    let (plain, free, warmed) = (try training(), try without.training(), try warming.training())
    for run in [plain, free, warmed] { try run.advance() }
    func weights(_ run: DRNetTraining) throws -> [Float] {
      try #require(try run.checkpoint().file()["netEC.main.0.main.0.weight"]).values
    }
    #expect(try weights(warmed) == weights(free))
    #expect(try weights(warmed) != weights(plain))
    let resumed = try warming.training(from: warmed.checkpoint().file())
    for _ in 0..<2 {
      for run in [free, warmed, resumed] { try run.advance() }
    }
    #expect(try weights(warmed) != weights(free))
    #expect(try weights(resumed) == weights(warmed))
  }

  @Test("Directions count the eigenvalues that features spread over")
  func directions() {
    let line = HostTensor([4, 3], (0..<4).flatMap { [Float($0), -2 * Float($0), 7 + Float($0)] })
    #expect(abs(FeatureSpread.directions(line) - 1) < 1e-12)
    // Centred, these are the corners of a square in two of three dimensions.
    let square = HostTensor([4, 3], [1, 1, 5, 1, 3, 5, 3, 1, 5, 3, 3, 5])
    #expect(abs(FeatureSpread.directions(square) - 2) < 1e-12)
    // Variances 4 and 1: (4 + 1)^2 / (16 + 1).
    let rectangle = HostTensor([4, 2], [-2, -1, -2, 1, 2, -1, 2, 1])
    #expect(abs(FeatureSpread.directions(rectangle) - 25.0 / 17) < 1e-12)
    #expect(FeatureSpread.directions(HostTensor([3, 2], repeating: 4)) == 0)
  }

  @Test("The average follows its formula while its decay rises, is stored under the plain names, and disturbs nothing")
  func average() throws {
    var averaged = self
    averaged.configuration.averageDecay = 0.24
    let plain = try training()
    let withAverage = try averaged.training()
    let name = "netD.main.6.weight"
    var expected = try #require(try withAverage.trainer.checkpoint().file()[name]).values
    for decay: Float in [1.0 / 10, 2.0 / 11, 0.24] {
      try plain.advance()
      try withAverage.advance()
      let weights = try #require(try plain.trainer.checkpoint().file()[name]).values
      for index in expected.indices { expected[index] = decay * expected[index] + (1 - decay) * weights[index] }
    }
    let file = try withAverage.trainer.checkpoint().file()
    #expect(file["trained." + name] == (try plain.trainer.checkpoint().file())[name])
    for (found, value) in zip(try #require(file[name]).values, expected) { #expect(abs(found - value) < 1e-6) }
  }

  @Test("A checkpoint goes on bit for bit, losses not yet reported included", arguments: [nil, 0.995])
  func resume(averageDecay: Double?) throws {
    var averaged = self
    averaged.configuration.averageDecay = averageDecay
    let whole = try averaged.training()
    for _ in 0..<6 { try whole.advance() }
    let first = try averaged.training()
    for _ in 0..<3 { try first.advance() }
    let second = try averaged.training(from: first.checkpoint().file())
    for _ in 0..<3 { try second.advance() }
    #expect(try second.trainer.collectLosses() == whole.trainer.collectLosses())
    let (left, right) = (try whole.checkpoint().file(), try second.checkpoint().file())
    #expect(left.names == right.names)
    for name in left.names { #expect(left[name] == right[name], "\(name)") }
  }

  @Test("A checkpoint without a tensor is refused by name and changes nothing")
  func missingTensor() throws {
    var file = try training().checkpoint().file()
    file["optimizer.netD.main.6.weight.exp_avg"] = nil
    #expect(throws: FileError.self) { try training(from: file) }
  }

  @Test("NaN stops the training with the loss, the parameter and the step")
  func notFinite() throws {
    let training = try training()
    try training.advance()
    let parameter = try #require(training.trainer.model.namedParameters.first { $0.name == "netD.main.6.weight" })
    let bad = HostTensor(parameter.parameter.type.shape, repeating: .nan)
    try training.trainer.backend.upload(bad, to: parameter.parameter.tensor)
    try training.advance()
    let error = #expect(throws: TrainingError.self) { try training.metrics() }
    let message = try #require(error).description
    #expect(message.contains("reconstruction (first in ") && message.contains("at step 2"), "\(message)")
  }

  @Test("Collapse of content and of pose, and a discriminator at chance, are told once")
  func warnings() throws {
    let training = try training()
    var row = MetricsRow(step: 499)
    row.set("contentSpread", 0.001)
    row.set("contentDirections", 1.01)
    row.set("poseSpread", 0.001)
    row.set("discriminatorAccuracy", 0.5)
    let told = training.warnings(about: row)
    #expect(told.count == 2 && told.contains { $0.contains("h_c") } && told.contains { $0.contains("h_p") })
    #expect(training.warnings(about: row).isEmpty)
    var later = MetricsRow(step: 500)
    later.set("discriminatorAccuracy", 0.5)
    later.set("contentDirections", 1.01)
    let toldLater = training.warnings(about: later)
    #expect(toldLater.count == 2 && toldLater.contains { $0.contains("--alpha-warm-up 6") }, "\(toldLater)")
  }

  @Test("A pair of different clips never pairs a clip with itself", arguments: [2, 3, 4, 5, 8])
  func pairsDiffer(clips: Int) throws {
    let backend = CPUBackend()
    let rows = try backend.upload(HostTensor([clips, 1], (0..<clips).map(Float.init)), as: .features)
    let shifted = try backend.download(backend.run(ShiftRows(), [rows])[0]).values
    for clip in 0..<clips { #expect((shifted[clip] == Float(clip)) == (clip < clips / 2)) }
  }
}

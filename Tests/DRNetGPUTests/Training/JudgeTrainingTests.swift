import TensorEngine
import Testing

@testable import DRNetGPU

@Suite("The training of a judge")
struct JudgeTrainingTests {
  private var settings: JudgeTrainingSettings {
    var settings = JudgeTrainingSettings()
    (settings.width, settings.steps, settings.clips, settings.checkEvery, settings.checkedClips) = (4, 300, 16, 25, 40)
    settings.enough = 0.05
    return settings
  }

  private func trained(
    _ settings: JudgeTrainingSettings, report: (JudgeTrainingEvent) -> Void = { _ in }
  ) throws -> (weights: SafetensorsFile, steps: Int, accuracies: [Double]) {
    let backend = CPUBackend()
    let (judge, steps) = try JudgeTraining(FlatClips(), classes: [0, 1], frames: 3, settings: settings)
      .run(on: backend, shouldStop: { false }, report: report)
    let heldOut = LabelledClips(
      try FlatClips().clips(step: 0, size: 60, length: 3, split: .heldOut, seed: 2, purpose: .tests), frames: 3,
      classes: [0, 1], of: FlatClips())
    return (try judge.weights(from: backend), steps, try heldOut.accuracies(by: ClipJudge(judge, on: backend)))
  }

  @Test("ends when it is right and sure of the clips that are kept aside, and repeats bit for bit")
  func learns() throws {
    var checks: [(step: Int, right: Bool)] = []
    let found = try trained(settings) {
      guard case .checked(let step, let classes) = $0 else { return }
      #expect(classes.map(\.name) == ["level", "motion"] && classes.allSatisfy { $0.crossEntropy > 0 })
      checks.append((step, classes.allSatisfy { $0.accuracy == 1 && $0.crossEntropy < 0.05 }))
    }
    #expect(found.accuracies == [1, 1])
    #expect(
      checks.last?.right == true && checks.dropLast().allSatisfy { !$0.right } && found.steps == checks.last?.step)
    let again = try trained(settings)
    #expect(again.weights == found.weights && again.steps == found.steps)
    var other = settings
    other.seed = 8
    #expect(try trained(other).weights != found.weights)
  }

  @Test("ends without a judge when it is to stop")
  func stops() throws {
    var steps = 0
    #expect(throws: CancellationError.self) {
      try JudgeTraining(FlatClips(), classes: [0], frames: 2, settings: settings).run(
        on: CPUBackend(), shouldStop: { steps == 3 },
        report: { if case .stepped(let step, _) = $0 { steps = step } })
    }
    #expect(steps == 3)
  }

  @Test("A loss that is not finite names the class and the step")
  func notFinite() throws {
    let backend = CPUBackend()
    let judge = try Judge(Judge.Sizes(imageSize: 64, channels: 1, width: 2, classes: [2]), on: backend)
    try judge.initialise(seed: 1, network: 0, on: backend)
    let trainer = try JudgeTrainer(
      judge, settings: JudgeTrainer.Settings(), names: ["level"], clips: 2, frames: 2, on: backend)
    let target = HostTensor(oneHot: [0, 1], count: 2)
    try trainer.step(JudgeTrainer.Batch(frames: HostTensor([4, 1, 64, 64], repeating: .nan), targets: [target]))
    let error = #expect(throws: TrainingError.self) { _ = try trainer.takeLosses() }
    #expect(error?.description.contains("cross-entropy of level") == true)
    #expect(error?.description.contains("at step 1") == true)
  }
}

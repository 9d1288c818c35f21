import Foundation
import TestSupport
import Testing

@testable import DRNetGPU
@testable import TensorEngine

/// Whole trainings: the same on both backends within tolerance, and on one device to the bit.
@Suite("Training", .serialized, .exclusiveDevice)
struct TrainingDeviceTests {
  private let tiny: TinyTraining

  init() throws { tiny = try TinyTraining() }

  private func device() throws -> OpenCLBackend { try OpenCLBackend(#require(TestDevice.device)) }

  @Test("Ten steps agree with the CPU backend: losses, gradients, weights")
  func backendsAgree() throws {
    let comparison = try BackendComparison(tiny.configuration, tiny.source, a: CPUBackend(), b: device())
    #expect(comparison.lossShares.count == 10)
    for (index, share) in comparison.lossShares.enumerated() { #expect(share <= 1, "losses of step \(index + 1)") }
    for row in comparison.rows { #expect(row.shareOfTolerance <= 1, "\(row.name): \(row.shareOfTolerance)") }
  }

  @Test("A judge is trained to the same bits again")
  func judge() throws {
    var settings = JudgeTrainingSettings()
    (settings.width, settings.steps, settings.clips, settings.checkEvery, settings.checkedClips) = (4, 12, 6, 6, 20)
    func weights() throws -> SafetensorsFile {
      let (device, source) = (try device(), try MovingObjects(EmbeddedSprites(spriteSize: 32, isGrey: false)))
      return try JudgeTraining(source, classes: [0], frames: 3, settings: settings)
        .run(on: device, shouldStop: { false }, report: { _ in }).judge.weights(from: device)
    }
    #expect(try weights() == weights())
  }

  @Test("A checkpoint goes on bit for bit")
  func resume() throws {
    let whole = try tiny.start(on: device()).losses(to: 10)
    let first = try tiny.start(on: device())
    _ = try first.losses(to: 4)
    let second = try tiny.start(from: first.checkpoint().file(), on: device())
    #expect(try second.losses(to: 10) == whole)
  }

  @Test("A pose checkpoint goes on bit for bit", arguments: [false, true])
  func poseResume(withAllOptions: Bool) throws {
    let backend = try device()
    let model = try DRNet(DRNet.Sizes(tiny.configuration), on: backend)
    try model.initialise(seed: 1, on: backend)
    var pose = PoseConfiguration()
    pose.rnnSize = 32
    pose.batchSize = 4
    pose.nPast = 3
    pose.nFuture = 3
    pose.steps = 6
    if withAllOptions {
      (pose.residual, pose.attention, pose.poseNoise, pose.freeRunning) = (true, true, 0.1, 0.5)
      // Three batches, of which the resumed training begins with the third.
      pose.encodedClips = 12
    }
    func training(_ checkpoint: SafetensorsFile?) throws -> PoseTraining {
      try PoseTraining(pose, model, tiny.source, from: checkpoint, on: backend)
    }
    func losses(_ training: PoseTraining, to step: Int) throws -> [StepLosses] {
      while training.step < step { try training.advance() }
      return try training.trainer.collectLosses()
    }
    let whole = try losses(training(nil), to: 6)
    let first = try training(nil)
    _ = try losses(first, to: 2)
    let checkpoint = try first.checkpoint().file()
    #expect(try losses(training(checkpoint), to: 6) == whole)
    let loaded = try PoseLSTM.load(checkpoint, on: backend)
    #expect(loaded.isResidual == withAllOptions && loaded.hasAttention == withAllOptions)
  }
}

import Synchronization
import Testing

@testable import DRNetGPU
@testable import TensorEngine

@Suite("Training of the pose LSTM")
struct PoseTrainingTests {
  private let backend = CPUBackend()

  /// Moving objects that count the training clips that were drawn.
  private struct CountedObjects: ClipSource {
    final class Counter: Sendable {
      let drawn = Mutex(0)
    }

    let objects: MovingObjects
    let counter = Counter()
    var channels: Int { objects.channels }
    var imageSize: Int { objects.imageSize }
    var summary: String { objects.summary }
    func clipCount(_ split: Split) -> Int? { nil }

    func drawClip(_ split: Split, length: Int, random: inout CounterRandom) -> MovingClip {
      if split == .training { counter.drawn.withLock { $0 += 1 } }
      return objects.drawClip(split, length: length, random: &random)
    }

    func render(_ clip: MovingClip, frame index: Int, into pixels: UnsafeMutableBufferPointer<Float>) {
      objects.render(clip, frame: index, into: pixels)
    }
  }

  private let source: CountedObjects

  init() throws { source = CountedObjects(objects: try MovingObjects(EmbeddedSprites())) }

  private func losses(steps: Int, change: (inout PoseConfiguration) -> Void) throws -> [Float] {
    let model = try DRNet(
      DRNet.Sizes(channels: source.channels, width: 2, contentDim: 4, poseDim: 3, normalise: false), on: backend)
    try model.initialise(seed: 1, on: backend)
    var configuration = PoseConfiguration()
    (configuration.rnnSize, configuration.batchSize) = (8, 3)
    (configuration.nPast, configuration.nFuture, configuration.steps) = (3, 4, steps)
    change(&configuration)
    let training = try PoseTraining(configuration, model, source, from: nil, on: backend)
    while training.step < steps { try training.advance() }
    return try training.trainer.collectLosses().map { $0.values[0] }
  }

  @Test("takes encoded clips again after the last, and draws no others")
  func encodedClips() throws {
    // So small that the weights stay as they are.
    let rate = 1e-12
    let encoded = try losses(steps: 9) { ($0.learningRate, $0.encodedClips) = (rate, 6) }
    #expect(source.counter.drawn.withLock { $0 } == 6)
    let fresh = try losses(steps: 2) { $0.learningRate = rate }
    for (step, loss) in encoded.enumerated() {
      #expect(abs(loss - fresh[step % 2]) < 1e-6 * loss, "step \(step)")
    }
  }

  @Test("frees as many predictions as the share says, and only those after the first")
  func freeRunning() {
    func freeSteps(_ share: Double?) -> Int {
      var configuration = PoseConfiguration()
      (configuration.nFuture, configuration.freeRunning) = (11, share)
      return PoseTrainer.Settings(configuration).freeSteps
    }
    #expect([nil, 0, 0.34, 1].map(freeSteps) == [0, 0, 3, 10])
  }

  @Test("learns from its own predictions otherwise than from true poses")
  func freeRunningLoss() throws {
    let (forced, free) = (try losses(steps: 3) { _ in }, try losses(steps: 3) { $0.freeRunning = 1 })
    #expect(zip(forced, free).allSatisfy { abs($0 - $1) > 1e-5 * $0 })
    let residual = try losses(steps: 3) { ($0.residual, $0.freeRunning, $0.poseNoise) = (true, 1, 0.1) }
    #expect(residual.allSatisfy { $0.isFinite })
  }
}

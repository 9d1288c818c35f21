import Testing

@testable import DRNetGPU
@testable import TensorEngine

@Suite("Noise on poses")
struct PoseNoiseTests {
  private let noise = PoseNoise(
    share: 0.1, of: [HostTensor([2, 2], [1, 4, 3, 8]), HostTensor([2, 2], [1, 4, 3, 8])], seed: 5)

  @Test("has the given share of each dimension's standard deviation")
  func deviation() {
    #expect(noise.deviations.count == 2)
    #expect(abs(noise.deviations[0] - 0.1) < 1e-6 && abs(noise.deviations[1] - 0.2) < 1e-6)
    let rows = noise.rows(step: 0, clips: 50, count: 50 * 40)
    let (first, second) = (FeatureSpread.variances(rows)[0], FeatureSpread.variances(rows)[1])
    // 2,000 samples each: the standard deviation of a standard deviation is 1.6 %.
    #expect(abs(first.squareRoot() / 0.1 - 1) < 0.08 && abs(second.squareRoot() / 0.2 - 1) < 0.08)
    #expect(abs(rows.values.reduce(0, +) / 4000) < 0.02)
  }

  @Test("of a clip depends on seed, step and clip alone")
  func address() {
    let rows = noise.rows(step: 3, clips: 4, count: 12)
    #expect(rows == noise.rows(step: 3, clips: 4, count: 12) && rows != noise.rows(step: 4, clips: 4, count: 12))
    let fewer = noise.rows(step: 3, clips: 2, count: 4)
    #expect(fewer.rows(0..<2) == rows.rows(0..<2) && fewer.rows(2..<4) == rows.rows(4..<6))
  }

  @Test("reaches the poses that the LSTM sees and not the targets")
  func training() throws {
    let backend = CPUBackend()
    let lstm = try PoseLSTM(poseDim: 2, contentDim: 3, rnnSize: 4, rnnLayers: 1, residual: true, on: backend)
    try lstm.initialise(seed: 1, network: 4, on: backend)
    var settings = PoseTrainer.Settings()
    (settings.noise, settings.freeSteps) = (noise, 1)
    let trainer = try PoseTrainer(
      lstm, settings: settings, input: .features(clips: 2, frames: 4, poseDim: 2, contentDim: 3), on: backend)
    let poses = (0..<4).map { frame in HostTensor([2, 2], [0.1, 0.3, -0.2, 0.5].map { $0 * Float(frame + 1) }) }
    let content = HostTensor([2, 3], [1, 2, 3, -1, 0, 1])
    // Two noisy true poses, then the LSTM's own second prediction.
    let drawn = noise.rows(step: 0, clips: 2, count: 4)
    let tape = Tape(backend, mode: .frozen)
    let shown = try backend.upload(content, as: .features)
    var state = try lstm.initialState(batch: 2, on: backend)
    var (prediction, sum) = (HostTensor([2, 2]), Float(0))
    for step in 0..<3 {
      var seen = poses[step]
      if step < 2 {
        for index in 0..<4 { seen.values[index] += drawn.values[step * 4 + index] }
      } else {
        seen = prediction
      }
      let next = try lstm.step(
        pose: backend.upload(seen, as: .features), content: shown, state: &state, isObserved: step < 2, tape)
      prediction = try backend.download(next)
      sum += zip(prediction.values, poses[step + 1].values).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
    try trainer.step(poses + [content])
    #expect(try abs(trainer.collectLosses()[0].values[0] - sum / 12) < 1e-6)
  }
}

import Files
import Testing

@testable import DRNetGPU
@testable import TensorEngine

@Suite("Attention of the pose LSTM")
struct PoseAttentionTests {
  private let backend = CPUBackend()
  private let clips = 3
  private let frames = 8
  private let observed = 4
  /// One product of BLAS for all time steps may sum in another order than one for each: a few roundings (6e-8) of values
  /// below 1.
  private let rounding: Float = 2e-6

  private func lstm(attention: Bool = true) throws -> PoseLSTM {
    let lstm = try PoseLSTM(
      poseDim: 2, contentDim: 5, rnnSize: 7, rnnLayers: 2, attention: attention, on: backend)
    try lstm.initialise(seed: 1, network: 4, on: backend)
    return lstm
  }

  private func drawn(_ shape: Shape, _ number: Int) -> HostTensor {
    var random = CounterRandom(seed: 2, purpose: .tests, step: number)
    return HostTensor(shape, (0..<shape.count).map { _ in 2 * random.uniform() - 1 })
  }

  private var poses: [HostTensor] { (0..<frames).map { drawn([clips, 2], $0) } }
  private var content: HostTensor { drawn([clips, 5], frames) }

  private func trainer(_ lstm: PoseLSTM, freeSteps: Int) throws -> PoseTrainer {
    var settings = PoseTrainer.Settings()
    (settings.observed, settings.freeSteps) = (observed, freeSteps)
    return try PoseTrainer(
      lstm, settings: settings, input: .features(clips: clips, frames: frames, poseDim: 2, contentDim: 5), on: backend)
  }

  @Test("Step by step, an LSTM predicts what it predicts from all time steps at once", arguments: [0, 3])
  func steps(freeSteps: Int) throws {
    let (lstm, tape) = (try lstm(), Tape(backend, mode: .frozen))
    let shown = try backend.upload(content, as: .features)
    let start = try lstm.initialState(batch: clips, on: backend)
    let known = frames - freeSteps
    let whole = try backend.download(
      lstm(
        poses: backend.upload(HostTensor(rows: Array(poses[..<known]), of: [2]), as: .features), content: shown,
        from: start, observed: observed, freeSteps: freeSteps, tape))
    var (state, prediction) = (start, poses[0])
    for step in 0..<frames {
      let pose = try backend.upload(step < known ? poses[step] : prediction, as: .features)
      prediction = try backend.download(
        lstm.step(pose: pose, content: shown, state: &state, isObserved: step < observed, tape))
      let expected = whole.rows(step * clips..<(step + 1) * clips)
      #expect(zip(prediction.values, expected.values).allSatisfy { abs($0 - $1) < rounding }, "step \(step)")
      #expect(state.memory?.shape == [min(step + 1, observed) * clips, 7])
    }
  }

  @Test("The training loss is the error that validation finds", arguments: [false, true])
  func validation(isFree: Bool) throws {
    let trainer = try trainer(lstm(), freeSteps: isFree ? frames - 1 - observed : 0)
    let shown = try poses.map { try backend.upload($0, as: .features) }
    let errors = try trainer.validate(poses: shown, content: backend.upload(content, as: .features))
    let expected = isFree ? errors.freeRunning : errors.teacherForced
    try trainer.step(poses + [content])
    let loss = try trainer.collectLosses()[0].values[0]
    #expect(abs(loss - expected.reduce(0, +) / Float(expected.count)) < rounding)
  }

  @Test("In use, an LSTM predicts what it is trained to predict")
  func prediction() throws {
    let model = try DRNet(
      DRNet.Sizes(channels: 1, width: 2, contentDim: 5, poseDim: 2, normalise: false), on: backend)
    try model.initialise(seed: 1, on: backend)
    let (lstm, extractor) = (try lstm(), FeatureExtractor(model, on: backend))
    let seen = (0..<observed).map { drawn([clips, 1, 64, 64], $0) }
    var predicted: [HostTensor] = []
    try PosePrediction(extractor, lstm, on: backend).predict(observed: seen, count: 3) { predicted.append($1) }
    let known = HostTensor(rows: try seen.map(extractor.pose), of: [2])
    let shown = try extractor.vectors(of: extractor.content(of: seen[observed - 1]))
    let whole = try backend.download(
      lstm(
        poses: backend.upload(known, as: .features), content: backend.upload(shown, as: .features),
        from: lstm.initialState(batch: clips, on: backend), observed: observed, freeSteps: 2,
        Tape(backend, mode: .frozen)))
    let expected = whole.rows((observed - 1) * clips..<(observed + 2) * clips)
    #expect(zip(predicted.flatMap(\.values), expected.values).allSatisfy { abs($0 - $1) < rounding })
  }

  @Test("A checkpoint tells whether there is attention, and goes on bit for bit", arguments: [false, true])
  func checkpoint(attention: Bool) throws {
    func losses(_ trainer: PoseTrainer, to step: Int) throws -> [StepLosses] {
      while trainer.step < step { try trainer.step(poses + [content]) }
      return try trainer.collectLosses()
    }
    let whole = try losses(trainer(lstm(attention: attention), freeSteps: 2), to: 5)
    let first = try trainer(lstm(attention: attention), freeSteps: 2)
    _ = try losses(first, to: 2)
    let file = try first.checkpoint().file()
    let second = try trainer(lstm(attention: attention), freeSteps: 2)
    try second.restore(file)
    #expect(try losses(second, to: 5) == whole)
    let loaded = try PoseLSTM.load(file, on: backend)
    #expect(loaded.hasAttention == attention && loaded.rnnSize == 7)
    let other = try trainer(lstm(attention: !attention), freeSteps: 2)
    let error = #expect(throws: FileError.self) { try other.restore(file) }
    #expect(try #require(error).description.contains("lstm.output.0.weight"))
  }
}

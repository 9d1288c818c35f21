@testable import DRNetGPU
@testable import TensorEngine

/// A training of ten steps on drawn colour clips, with all that a training can have.
struct TinyTraining {
  let source: any ClipSource
  var configuration = RunConfiguration()

  init() throws {
    configuration.width = 8
    configuration.contentDim = 16
    configuration.poseDim = 5
    configuration.batchSize = 8
    configuration.learningRate = 0.0005
    configuration.channels = 3
    configuration.steps = 10
    configuration.averageDecay = 0.9
    configuration.cosine = true
    source = try DataSet.embedded.open(ClipRequest(maxStep: configuration.maxStep))
  }

  func start(from checkpoint: SafetensorsFile? = nil, on backend: any Backend) throws -> DRNetTraining {
    try DRNetTraining(configuration, source, from: checkpoint, on: backend)
  }
}

extension DRNetTraining {
  /// Goes on to a step, and returns the losses since they were last cleared.
  func losses(to last: Int) throws -> [StepLosses] {
    while step < last { try advance() }
    return try trainer.collectLosses()
  }
}

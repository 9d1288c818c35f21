import TensorEngine

/// One training step on a fixed batch, which benchmarks and profiles repeat.
///
/// The batch is uniform noise, since the time of an op does not depend on the values of its tensors.
package final class BenchmarkStep {
  package enum Network: String, CaseIterable, Sendable, Codable {
    case main
    /// The pose LSTM on given features.
    case poseLSTM = "pose-lstm"
  }

  /// The network that is trained, and its sizes.
  package struct Settings: Sendable {
    package var network = Network.main
    /// Sizes of the main model. The pose LSTM takes its lengths of content and pose vectors from here.
    package var main = RunConfiguration()
    package var pose = PoseConfiguration()

    package init() {}

    package func validate() throws {
      try main.validate()
      try pose.validate()
    }

    package var batchSize: Int { network == .main ? main.batchSize : pose.batchSize }

    /// A step of the main model counts one frame per clip, one of the pose LSTM all frames of a sequence, as in the
    /// rates of the trainings.
    package var framesPerStep: Int {
      network == .main ? batchSize : batchSize * (pose.nPast + pose.nFuture)
    }

    /// Content encoder, pose encoder and decoder.
    private var networks: String {
      let sizes = DRNet.Sizes(main)
      return [sizes.contentEncoder.rawValue, sizes.poseEncoder.rawValue, sizes.decoder.rawValue].joined(separator: "/")
    }

    /// The sizes in one line for the user.
    package var summary: String {
      let features = "content \(main.contentDim), pose \(main.poseDim)"
      return switch network {
      case .main:
        "\(networks): batch \(batchSize), width \(main.width), \(features), \(main.imageSize) px, "
          + "channels \(main.channels)"
      case .poseLSTM:
        "pose-lstm: batch \(batchSize), \(features), size \(pose.rnnSize), layers \(pose.rnnLayers), "
          + "frames \(pose.nPast + pose.nFuture)"
      }
    }
  }

  private enum Trainer {
    case main(DRNetTrainer)
    case pose(PoseTrainer)
  }

  package let settings: Settings
  private let backend: any Backend
  private let trainer: Trainer
  /// The frames of each clip for the main model; the poses of each sequence, then its content, for the pose LSTM.
  private var batch: [HostTensor]

  /// Allocates the networks; parameters are undefined until `start`.
  package init(_ settings: Settings, on backend: any Backend) throws {
    self.settings = settings
    self.backend = backend
    switch settings.network {
    case .main:
      let model = try DRNet(DRNet.Sizes(settings.main), on: backend)
      let sizes = DRNetTrainer.Settings(settings.main)
      trainer = .main(try DRNetTrainer(model, settings: sizes, batchSize: settings.main.batchSize, on: backend))
    case .poseLSTM:
      let lstm = try PoseLSTM(
        poseDim: settings.main.poseDim, contentDim: settings.main.contentDim, rnnSize: settings.pose.rnnSize,
        rnnLayers: settings.pose.rnnLayers, on: backend)
      let input = PoseTrainer.Input.features(
        clips: settings.pose.batchSize, frames: settings.pose.nPast + settings.pose.nFuture,
        poseDim: settings.main.poseDim, contentDim: settings.main.contentDim)
      trainer = .pose(
        try PoseTrainer(lstm, settings: PoseTrainer.Settings(settings.pose), input: input, on: backend))
    }
    batch = Self.shapes(settings).map { HostTensor($0) }
  }

  /// Sets weights and batch: from the seed, or from a file that holds the weights and may hold a batch.
  /// - Throws: `FileError` that names the tensor that is missing, has the wrong shape or is not finite.
  package func start(from file: SafetensorsFile? = nil) throws {
    let seed = settings.main.seed
    if let file {
      try file.fill(namedParameters, on: backend)
    } else {
      switch trainer {
      case .main(let trainer): try trainer.model.initialise(seed: seed, on: backend)
      case .pose(let trainer): try trainer.lstm.initialise(seed: seed, network: 0, on: backend)
      }
    }
    for index in batch.indices {
      if let file, file[Self.batchName(0)] != nil {
        batch[index] = try file.tensor(Self.batchName(index), batch[index].shape)
      } else {
        var random = CounterRandom(seed: seed, purpose: .data, sample: index)
        for element in batch[index].values.indices { batch[index].values[element] = random.uniform() }
      }
    }
  }

  /// The current weights and the batch, from which another trainer can take the same steps.
  package func state() throws -> SafetensorsFile {
    var file = SafetensorsFile(metadata: ["step": settings.summary])
    for (name, parameter) in namedParameters { file[name] = try backend.download(parameter.tensor) }
    for (index, tensor) in batch.enumerated() { file[Self.batchName(index)] = tensor }
    return file
  }

  /// Takes one step and waits for it.
  package func run() throws {
    switch trainer {
    case .main(let trainer): try trainer.step(batch)
    case .pose(let trainer): try trainer.step(batch)
    }
    try backend.finish()
  }

  /// Names of the losses, in their order in `losses`.
  package var lossNames: [String] {
    switch trainer {
    case .main(let trainer): trainer.losses.names
    case .pose(let trainer): trainer.losses.names
    }
  }

  /// The losses of every step so far.
  package func losses() throws -> [StepLosses] {
    switch trainer {
    case .main(let trainer): try trainer.collectLosses()
    case .pose(let trainer): try trainer.collectLosses()
    }
  }

  private var namedParameters: [(name: String, parameter: Parameter)] {
    switch trainer {
    case .main(let trainer): trainer.model.namedParameters
    case .pose(let trainer): trainer.lstm.namedParameters
    }
  }

  private static func batchName(_ index: Int) -> String { "batch.\(index)" }

  private static func shapes(_ settings: Settings) -> [Shape] {
    let (main, batch) = (settings.main, settings.batchSize)
    switch settings.network {
    case .main:
      let sizes = DRNet.Sizes(main)
      return [Shape](repeating: sizes.frames(batch), count: sizes.adversary.framesPerClip)
    case .poseLSTM:
      return [Shape](repeating: [batch, main.poseDim], count: settings.pose.nPast + settings.pose.nFuture)
        + [[batch, main.contentDim]]
    }
  }
}

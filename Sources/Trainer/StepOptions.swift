import ArgumentParser
import DRNetGPU
import Files
import Foundation
import TensorEngine

/// The training step to measure, and its sizes.
struct StepOptions: SettingOptions {
  @Option(help: "main (the main model) or pose-lstm.") var network: BenchmarkStep.Network?
  @Option(help: "Clips per batch.") var batchSize: Int?
  @Option(help: .setting(\RunConfiguration.contentDim)) var contentDim: Int?
  @Option(help: .setting(\RunConfiguration.poseDim)) var poseDim: Int?
  @Option(help: .setting(\RunConfiguration.imageSize, of: .main)) var imageSize: Int?
  @Option(help: .setting(\RunConfiguration.contentEncoder, of: .main)) var contentEncoder: EncoderNetwork?
  @Option(help: .setting(\RunConfiguration.poseEncoder, of: .main)) var poseEncoder: EncoderNetwork?
  @Option(help: .setting(\RunConfiguration.decoder, of: .main)) var decoder: DecoderNetwork?
  @Option(help: .setting(\RunConfiguration.width, of: .main)) var width: Int?
  @Option(help: .setting(\RunConfiguration.channels, of: .main)) var channels: Int?
  @Option(help: .setting(\PoseConfiguration.rnnSize, of: .poseLSTM)) var rnnSize: Int?
  @Option(help: .setting(\PoseConfiguration.rnnLayers, of: .poseLSTM)) var rnnLayers: Int?
  @Option(help: .setting(\PoseConfiguration.nPast, of: .poseLSTM)) var nPast: Int?
  @Option(help: .setting(\PoseConfiguration.nFuture, of: .poseLSTM)) var nFuture: Int?
  @Option(help: .setting(\RunConfiguration.precision, of: .main)) var precision: Precision?
  @Option(help: "Seed of the weights and of the batch.") var seed: UInt64?

  /// Sizes that the main model and the pose LSTM share.
  private static let shared: Set = ["batch-size", "content-dim", "pose-dim"]
  /// Flags that may be given together with a run.
  private static let besidesSizes: Set = ["precision", "seed"]

  private func sizes<Configuration: Configurable>(of type: Configuration.Type) -> [String] {
    given(of: type).filter { !Self.besidesSizes.contains($0) }
  }

  func validate() throws {
    let network = network ?? .main
    let sizes = network == .main ? sizes(of: PoseConfiguration.self) : sizes(of: RunConfiguration.self)
    if let flag = sizes.first(where: { !Self.shared.contains($0) }) {
      throw ValidationError("--\(flag) is not a size of --network \(network.rawValue)")
    }
  }

  /// Rejects size flags if a run is given, since it has its own sizes.
  func requireNoSizes(besidesRun path: String?) throws {
    if path != nil, let flag = (sizes(of: RunConfiguration.self) + sizes(of: PoseConfiguration.self)).first {
      throw ValidationError("--\(flag) cannot be given with a run, which has its own sizes")
    }
  }

  /// The step of the run at `path`; that of the flags if `path` is nil.
  func settings(ofRun path: String?) throws -> BenchmarkStep.Settings {
    guard let path else { return try settings() }
    let folder = try RunFolder.open(URL(filePath: path))
    var settings = BenchmarkStep.Settings()
    settings.main = try folder.configuration()
    if let network { settings.network = network }
    if let precision { settings.main.precision = precision }
    if settings.network == .poseLSTM {
      guard let pose = settings.main.pose else {
        throw FileError(folder.url, "there is no pose LSTM yet; train it with drnet train-pose \(path)")
      }
      settings.pose = pose
    }
    return settings
  }

  /// The step, with the library's defaults for flags that are not given.
  func settings() throws -> BenchmarkStep.Settings {
    var settings = BenchmarkStep.Settings()
    if let network { settings.network = network }
    // A batch of one is valid for the pose LSTM, but not for the main model.
    apply(to: &settings.main, except: settings.network == .main ? [] : ["batch-size"])
    apply(to: &settings.pose, except: settings.network == .poseLSTM ? [] : ["batch-size"])
    try settings.validate()
    return settings
  }
}

extension BenchmarkStep.Network: ExpressibleByArgument {}

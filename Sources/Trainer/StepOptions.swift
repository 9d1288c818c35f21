import ArgumentParser
import DRNetGPU
import Files
import Foundation
import TensorEngine

/// Which training step to measure, and its sizes.
struct StepOptions: ParsableArguments {
  @Option(help: "main (the main model) or pose-lstm.") var network: BenchmarkStep.Network?
  @Option(help: "Clips in a batch.") var batchSize: Int?
  @Option(help: "Length of the content vector h_c.") var contentDim: Int?
  @Option(help: "Length of the pose vector h_p.") var poseDim: Int?
  @Option(help: "main: height and width of a frame in pixels, 64 or 128.") var imageSize: Int?
  @Option(help: "main: network that makes h_c: dcgan, vgg or resnet18.") var contentEncoder: EncoderNetwork?
  @Option(help: "main: network that makes h_p: dcgan, vgg or resnet18.") var poseEncoder: EncoderNetwork?
  @Option(help: "main: dcgan, dcgan-unet or vgg-unet.") var decoder: DecoderNetwork?
  @Option(help: "main: filters of the first layer.") var width: Int?
  @Option(help: "main: channels of a frame, 1 or 3.") var channels: Int?
  @Option(help: "pose-lstm: size of the LSTM's hidden state.") var rnnSize: Int?
  @Option(help: "pose-lstm: LSTM cells, one above the other.") var rnnLayers: Int?
  @Option(help: "pose-lstm: frames observed.") var nPast: Int?
  @Option(help: "pose-lstm: frames predicted.") var nFuture: Int?
  @Option(help: "main: float, or mixed: GPUs store feature maps as float16.") var precision: Precision?
  @Option(help: "Seed of the weights and of the batch.") var seed: UInt64?

  private static let ofMain = ["image-size", "content-encoder", "pose-encoder", "decoder", "width", "channels"]
  private static let ofPose = ["rnn-size", "rnn-layers", "n-past", "n-future"]

  /// Names of the flags for sizes that were given.
  var sizesGiven: [String] {
    let sizes: [(String, Any?)] = [
      ("batch-size", batchSize), ("content-dim", contentDim), ("pose-dim", poseDim), ("image-size", imageSize),
      ("content-encoder", contentEncoder), ("pose-encoder", poseEncoder), ("decoder", decoder), ("width", width),
      ("channels", channels), ("rnn-size", rnnSize), ("rnn-layers", rnnLayers), ("n-past", nPast),
      ("n-future", nFuture),
    ]
    return sizes.filter { $0.1 != nil }.map(\.0)
  }

  func validate() throws {
    let network = network ?? .main
    let foreign = network == .main ? Self.ofPose : Self.ofMain
    if let flag = sizesGiven.first(where: foreign.contains) {
      throw ValidationError("--\(flag) is no size of --network \(network.rawValue)")
    }
  }

  /// A run has its own sizes.
  func requireNoSizes(besidesRun path: String?) throws {
    if path != nil, let flag = sizesGiven.first {
      throw ValidationError("--\(flag) cannot be given with a run, which has its own sizes")
    }
  }

  /// The step of a run; of the flags where there is none.
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

  /// The step, with the library's defaults where nothing was given.
  func settings() throws -> BenchmarkStep.Settings {
    var settings = BenchmarkStep.Settings()
    func set<Value>(_ value: Value?, _ path: WritableKeyPath<BenchmarkStep.Settings, Value>) {
      if let value { settings[keyPath: path] = value }
    }
    set(network, \.network)
    set(network == .poseLSTM ? nil : batchSize, \.main.batchSize)
    set(network == .poseLSTM ? batchSize : nil, \.pose.batchSize)
    set(contentDim, \.main.contentDim)
    set(poseDim, \.main.poseDim)
    set(imageSize, \.main.imageSize)
    set(contentEncoder, \.main.contentEncoder)
    set(poseEncoder, \.main.poseEncoder)
    set(decoder, \.main.decoder)
    set(width, \.main.width)
    set(channels, \.main.channels)
    set(rnnSize, \.pose.rnnSize)
    set(rnnLayers, \.pose.rnnLayers)
    set(nPast, \.pose.nPast)
    set(nFuture, \.pose.nFuture)
    set(precision, \.main.precision)
    set(seed, \.main.seed)
    try settings.validate()
    return settings
  }
}

extension BenchmarkStep.Network: ExpressibleByArgument {}

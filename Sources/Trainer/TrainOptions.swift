import ArgumentParser
import DRNetGPU
import Files
import Foundation
import TensorEngine

/// Settings of the main model's training, under the library's names. What is not given keeps the library's default.
struct TrainOptions: ParsableArguments {
  @Option(help: "Settings to begin with, which other flags change: see drnet presets.") var preset: Preset?
  @Option(help: "Clips: embedded (drawn by the program), fashion, mnist, frames (own PNGs), or clips (prepared).")
  var data: DataSet?
  @Option(help: "The data: folder of IDX files, folder of folders of PNG frames, or file of prepared clips.")
  var dataRoot: String?
  @Option(help: "Moving objects in a frame: 1 to 3, a colour each.") var objects: Int?
  @Flag(inversion: .prefixedNo, help: "Frames of one channel; of moving objects the last one still covers the others.")
  var grey: Bool?
  @Option(help: "Height and width of the frames in pixels: 64 or 128.") var imageSize: Int?
  @Option(help: "Network that makes h_c: dcgan, vgg or resnet18.") var contentEncoder: EncoderNetwork?
  @Option(help: "Network that makes h_p: dcgan, vgg or resnet18.") var poseEncoder: EncoderNetwork?
  @Option(help: "dcgan, dcgan-unet or vgg-unet, which also take the feature maps of a content encoder of that name.")
  var decoder: DecoderNetwork?
  @Option(help: "Filters of the first layer; later layers have 2, 4 and 8 times as many.") var width: Int?
  @Option(help: "Length of the content vector h_c.") var contentDim: Int?
  @Option(help: "Length of the pose vector h_p.") var poseDim: Int?
  @Flag(inversion: .prefixedNo, help: "Scale h_p to unit length.") var normalize: Bool?
  @Option(help: "Clips in a batch.") var batchSize: Int?
  @Option(help: "Largest distance in frames between two frames of a clip that train together.") var maxStep: Int?
  @Option(help: "Weight of the similarity loss.") var alpha: Double?
  @Option(help: "Steps over which alpha rises from 0; keeps the content from collapsing to one number.")
  var alphaWarmUp: Int?
  @Option(help: "Weight of the adversarial loss.") var beta: Double?
  @Option(help: "Learning rate of Adam.") var learningRate: Double?
  @Option(help: "Decay of Adam's first moment.") var beta1: Double?
  @Flag(inversion: .prefixedNo, help: "Lower the learning rate along half a cosine to zero.") var cosine: Bool?
  @Option(help: "Decay of the moving average of the weights, which is used for everything but training.")
  var averageDecay: Double?
  @Option(help: "float, or mixed: GPUs store feature maps as float16, in half of the memory.") var precision: Precision?
  @Option(help: "Seed of all random numbers.") var seed: UInt64?
  @Option(help: "Steps between checkpoints.") var saveEvery: Int?
  @Option(help: "Steps between rows of metrics.") var logEvery: Int?
  @Option(help: "Checkpoints to keep.") var keep: Int?

  /// The settings by the names of their flags.
  private var all: [Setting<RunConfiguration>] {
    [
      Setting("data", data?.rawValue, \.data), Setting("data-root", dataRoot, \.dataRoot),
      Setting("objects", objects, \.objects), Setting("grey", grey, \.grey),
      Setting("image-size", imageSize, \.imageSize), Setting("content-encoder", contentEncoder, \.contentEncoder),
      Setting("pose-encoder", poseEncoder, \.poseEncoder), Setting("decoder", decoder, \.decoder),
      Setting("width", width, \.width), Setting("content-dim", contentDim, \.contentDim),
      Setting("pose-dim", poseDim, \.poseDim), Setting("normalize", normalize, \.normalize),
      Setting("batch-size", batchSize, \.batchSize), Setting("max-step", maxStep, \.maxStep),
      Setting("alpha", alpha, \.alpha), Setting("alpha-warm-up", alphaWarmUp, \.alphaWarmUp),
      Setting("beta", beta, \.beta), Setting("learning-rate", learningRate, \.learningRate),
      Setting("beta1", beta1, \.beta1), Setting("cosine", cosine, \.cosine),
      Setting("average-decay", averageDecay, \.averageDecay), Setting("precision", precision, \.precision),
      Setting("seed", seed, \.seed), Setting("save-every", saveEvery, \.saveEvery),
      Setting("log-every", logEvery, \.logEvery), Setting("keep", keep, \.keep),
    ]
  }

  /// Names of all flags.
  static func flags() throws -> [String] { ["preset"] + (try parse([]).all.map(\.flag)) }

  /// Name of a flag that was given; nil where none was.
  var firstGiven: String? { preset != nil ? "preset" : all.first { $0.change != nil }?.flag }

  /// Whether a flag was given.
  func gives(_ flag: String) -> Bool { all.contains { $0.flag == flag && $0.change != nil } }

  /// Puts what is given in place of what is there; the preset is left to the caller.
  func apply(to configuration: inout RunConfiguration) {
    for setting in all { setting.change?(&configuration) }
  }
}

/// What a flag changes.
struct Setting<Configuration> {
  let flag: String
  /// nil where the flag was not given.
  let change: ((inout Configuration) -> Void)?

  init<Value>(_ flag: String, _ value: Value?, _ path: WritableKeyPath<Configuration, Value>) {
    self.flag = flag
    change = value.map { value in { $0[keyPath: path] = value } }
  }

  /// What may be absent keeps what it has where no flag is given.
  init<Value>(_ flag: String, _ value: Value?, _ path: WritableKeyPath<Configuration, Value?>) {
    self.flag = flag
    change = value.map { value in { $0[keyPath: path] = value } }
  }
}

extension DataSet: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}
extension EncoderNetwork: ExpressibleByArgument {}
extension DecoderNetwork: ExpressibleByArgument {}

extension RunConfiguration {
  /// The data set that `data` names.
  func dataSet() throws -> DataSet {
    guard let set = DataSet(rawValue: data) else {
      throw SettingError("data", data, expected: DataSet.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return set
  }

  /// What the run asks of its data set.
  var clipRequest: ClipRequest {
    ClipRequest(
      root: dataRoot.map { URL(filePath: $0) }, objects: objects, isGrey: grey ?? false, imageSize: imageSize,
      maxStep: maxStep)
  }

  /// Opens the clips, each with `maxStep` frames after its first; as many as the training needs unless given.
  func openClips(maxStep: Int? = nil) throws -> any ClipSource {
    var request = clipRequest
    if let maxStep { request.maxStep = maxStep }
    return try dataSet().open(request)
  }

  /// Checks that the clips still have the colours that the model was trained on.
  func requireChannels(of clips: any ClipSource) throws {
    guard clips.channels == channels else {
      throw DataError(
        "\(dataRoot ?? data): these clips have \(clips.channels) colour channels, the model was trained on \(channels); "
          + "put the clips of the training back")
    }
  }
}

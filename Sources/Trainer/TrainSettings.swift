import ArgumentParser
import DRNetGPU
import Foundation

/// Settings of the main model's training, under the library's names. What is not given keeps the library's default.
struct TrainSettings: ParsableArguments {
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

  func apply(to configuration: inout RunConfiguration) {
    preset?.apply(to: &configuration)
    func set<Value>(_ value: Value?, _ path: WritableKeyPath<RunConfiguration, Value>) {
      if let value { configuration[keyPath: path] = value }
    }
    // What may be absent keeps what it has where no flag is given.
    func set<Value>(_ value: Value?, _ path: WritableKeyPath<RunConfiguration, Value?>) {
      if let value { configuration[keyPath: path] = value }
    }
    set(data?.rawValue, \.data)
    set(dataRoot, \.dataRoot)
    set(objects, \.objects)
    set(grey, \.grey)
    set(imageSize, \.imageSize)
    set(contentEncoder, \.contentEncoder)
    set(poseEncoder, \.poseEncoder)
    set(decoder, \.decoder)
    set(width, \.width)
    set(contentDim, \.contentDim)
    set(poseDim, \.poseDim)
    set(normalize, \.normalize)
    set(batchSize, \.batchSize)
    set(maxStep, \.maxStep)
    set(alpha, \.alpha)
    set(alphaWarmUp, \.alphaWarmUp)
    set(beta, \.beta)
    set(learningRate, \.learningRate)
    set(beta1, \.beta1)
    set(cosine, \.cosine)
    set(averageDecay, \.averageDecay)
    set(precision, \.precision)
    set(seed, \.seed)
    set(saveEvery, \.saveEvery)
    set(logEvery, \.logEvery)
    set(keep, \.keep)
  }

  /// Name of a flag that was given; nil where none was.
  var firstGiven: String? {
    let given: [(String, Any?)] = [
      ("preset", preset), ("data", data), ("data-root", dataRoot), ("objects", objects), ("grey", grey),
      ("image-size", imageSize), ("content-encoder", contentEncoder), ("pose-encoder", poseEncoder),
      ("decoder", decoder), ("width", width), ("content-dim", contentDim),
      ("pose-dim", poseDim), ("normalize", normalize), ("batch-size", batchSize), ("max-step", maxStep),
      ("alpha", alpha), ("alpha-warm-up", alphaWarmUp), ("beta", beta), ("learning-rate", learningRate),
      ("beta1", beta1), ("cosine", cosine),
      ("average-decay", averageDecay), ("precision", precision), ("seed", seed), ("save-every", saveEvery),
      ("log-every", logEvery),
      ("keep", keep),
    ]
    return given.first { $0.1 != nil }?.0
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

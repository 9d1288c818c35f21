import ArgumentParser
import DRNetGPU
import Foundation

/// A model: that of a run, or weights in a file.
struct WeightsOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp("Folder of a run with a trained model; without it, --weights names a file.", valueName: "run"))
  var path: String?
  @Option(
    help: """
      With a run: average or trained (default: as drnet evaluate). Without: checkpoint of drnet, or drnet-py weights \
      saved as safetensors.
      """) var weights: String?
  @Flag(
    help: """
      Without a run: the model was trained with --normalize, so h_p has unit length. Needed if the file does not say so.
      """) var normalize = false

  func validate() throws {
    if path == nil, weights == nil { throw ValidationError("give a run, or a file of weights with --weights") }
    if path != nil, let weights, ModelWeights(rawValue: weights) == nil {
      throw ValidationError("--weights \(weights): expected average or trained, since a run is given")
    }
    if path != nil, normalize { throw ValidationError("--normalize: omit it, since the run knows how it was trained") }
  }

  /// The run; nil without one.
  func openRun(on devices: DeviceOptions) throws -> TrainedRun? {
    try path.map { try TrainedRun($0, weights: weights.flatMap(ModelWeights.init), on: devices) }
  }

  func open(on devices: DeviceOptions) throws -> FeatureExtractor {
    if let trained = try openRun(on: devices) { return trained.extractor }
    let file = try readFile()
    let backend = try devices.open()
    return FeatureExtractor(try DRNet.load(file, normalise: unitLength, on: backend), on: backend)
  }

  /// The file that `--weights` names, without a run.
  func readFile() throws -> SafetensorsFile { try SafetensorsFile.read(URL(filePath: weights ?? "")) }

  /// Whether h_p has unit length; nil if the file is to say so.
  var unitLength: Bool? { normalize ? true : nil }
}

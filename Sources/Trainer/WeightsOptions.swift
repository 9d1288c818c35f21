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
  @Flag(help: "Without a run: the model was trained with --normalize, so h_p has unit length.") var normalize = false

  func validate() throws {
    if path == nil, weights == nil { throw ValidationError("give a run, or a file of weights with --weights") }
    if path != nil, let weights, ModelWeights(rawValue: weights) == nil {
      throw ValidationError("--weights \(weights): expected average or trained, since a run is given")
    }
    if path != nil, normalize { throw ValidationError("--normalize: omit it, since the run knows how it was trained") }
  }

  func open(on devices: DeviceOptions) throws -> FeatureExtractor {
    if let path {
      return try TrainedRun(path, weights: weights.flatMap(ModelWeights.init), on: devices).extractor
    }
    let file = try SafetensorsFile.read(URL(filePath: weights ?? ""))
    let backend = try devices.open()
    return FeatureExtractor(try DRNet.load(file, normalise: normalize, on: backend), on: backend)
  }
}

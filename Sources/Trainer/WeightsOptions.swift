import ArgumentParser
import DRNetGPU
import Foundation

/// Weights for a command that needs no run.
struct WeightsOptions: ParsableArguments {
  @Option(help: "Checkpoint of drnet, or drnet-py weights saved as safetensors.") var weights: String
  @Flag(help: "The model was trained with --normalize: h_p has unit length.") var normalize = false

  func open(on devices: DeviceOptions) throws -> FeatureExtractor {
    let file = try SafetensorsFile.read(URL(filePath: weights))
    let backend = try devices.open()
    return FeatureExtractor(try DRNet.load(file, normalise: normalize, on: backend), on: backend)
  }
}

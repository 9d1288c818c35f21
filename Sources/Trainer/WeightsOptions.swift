import ArgumentParser
import DRNetGPU
import Foundation

/// The weights that a command uses by themselves, without a run.
struct WeightsOptions: ParsableArguments {
  @Option(help: "Checkpoint of drnet, or weights of drnet-py saved as safetensors.") var weights: String
  @Flag(help: "The model was trained to scale h_p to unit length.") var normalize = false

  func open(on devices: DeviceOptions) throws -> FeatureExtractor {
    let file = try SafetensorsFile.read(URL(filePath: weights))
    let backend = try devices.open()
    return FeatureExtractor(try DRNet.load(file, normalise: normalize, on: backend), on: backend)
  }
}

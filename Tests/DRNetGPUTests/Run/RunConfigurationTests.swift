import Foundation
import TestSupport
import Testing

@testable import DRNetGPU

@Suite struct RunConfigurationTests {
  @Test func theDefaultsAreValid() throws {
    try RunConfiguration().validate()
    try PoseConfiguration().validate()
  }

  /// The interface: exactly these keys stand in `config.json`.
  @Test func theKeysOfTheFile() throws {
    var configuration = RunConfiguration()
    configuration.dataRoot = "x"
    configuration.averageDecay = 0.99
    configuration.alphaWarmUp = 500
    configuration.grey = true
    configuration.pose = PoseConfiguration()
    let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(configuration))
    let keys = try #require(object as? [String: Any])
    #expect(
      Set(keys.keys) == [
        "data", "dataRoot", "objects", "grey", "imageSize", "channels", "width", "contentDim", "poseDim", "normalize",
        "batchSize", "maxStep", "alpha", "alphaWarmUp", "beta", "learningRate", "beta1", "cosine", "averageDecay",
        "steps", "seed", "saveEvery", "logEvery", "keep", "pose",
      ])
    let pose = try #require(keys["pose"] as? [String: Any])
    #expect(
      Set(pose.keys) == [
        "rnnSize", "rnnLayers", "nPast", "nFuture", "batchSize", "learningRate", "beta1", "cosine", "steps", "seed",
        "saveEvery", "logEvery", "keep",
      ])
  }

  @Test func whatCannotBeUsedIsNamedByItsFlag() {
    expectFault("--width 0: expected a whole number from 1 to 4096") { $0.width = 0 }
    expectFault("--content-dim -1: expected a whole number from 1 to 65536") { $0.contentDim = -1 }
    expectFault("--pose-dim 0: expected a whole number from 1 to 65536") { $0.poseDim = 0 }
    expectFault("--objects 4: expected a whole number from 1 to 3") { $0.objects = 4 }
    expectFault("--image-size 32: expected 64 or 128") { $0.imageSize = 32 }
    expectFault(
      "--decoder vgg-unet: expected --content-encoder vgg with it, whose feature maps it takes, or --decoder dcgan"
    ) { $0.decoder = .vggUNet }
    expectFault("--channels 2: expected 1 (grey) or 3 (colour)") { $0.channels = 2 }
    expectFault("--data '': expected the name of a clip source") { $0.data = "" }
    expectFault(
      "--batch-size 1: expected 2 to 65536, since batch norm and pairs of different clips need more than one clip"
    ) { $0.batchSize = 1 }
    expectFault("--max-step 2: expected 3 to 1000000, since a clip gives three different offsets") { $0.maxStep = 2 }
    expectFault("--alpha -1.0: expected a number from 0 to 1000000") { $0.alpha = -1 }
    expectFault("--alpha-warm-up 0: expected a whole number from 1 to 1000000000") { $0.alphaWarmUp = 0 }
    expectFault("--beta nan: expected a number from 0 to 1000000") { $0.beta = .nan }
    expectFault("--learning-rate 0.0: expected a number above 0 that a float32 can hold") { $0.learningRate = 0 }
    expectFault("--learning-rate inf: expected a number above 0 that a float32 can hold") {
      $0.learningRate = .infinity
    }
    expectFault("--learning-rate 1e-46: expected a number above 0 that a float32 can hold") { $0.learningRate = 1e-46 }
    expectFault("--contrast 1e+39: expected a number from 0 to 1000000") { $0.contrast = 1e39 }
    expectFault(
      "--contrast 0.1: expected --content-dim 2 or more with it; it compares directions, and one number has none"
    ) {
      ($0.contrast, $0.contentDim) = (0.1, 1)
    }
    expectFault("--pose-dim 1: expected 2 or more with --normalize; a single number of unit length is always 1 or -1") {
      ($0.normalize, $0.poseDim) = (true, 1)
    }
    // The warm-up of a preset follows the steps.
    expectFault("--steps 2000000000: expected a whole number from 1 to 1000000000") {
      ($0.steps, $0.alphaWarmUp) = (2_000_000_000, 2_000_000_000)
    }
    expectFault("--beta1 1.0: expected a number from 0 up and below 1") { $0.beta1 = 1 }
    expectFault("--average-decay nan: expected a number from 0 up and below 1") { $0.averageDecay = .nan }
    expectFault("--steps 0: expected a whole number from 1 to 1000000000") { $0.steps = 0 }
    expectFault("--save-every 0: expected a whole number from 1 to 1000000000") { $0.saveEvery = 0 }
    expectFault("--log-every -5: expected a whole number from 1 to 1000000000") { $0.logEvery = -5 }
    expectFault("--keep 0: expected a whole number from 1 to 1000000") { $0.keep = 0 }
    expectFault("--rnn-size 0: expected a whole number from 1 to 65536") { $0.pose?.rnnSize = 0 }
    expectFault("--rnn-layers 0: expected a whole number from 1 to 64") { $0.pose?.rnnLayers = 0 }
    expectFault("--n-past 0: expected a whole number from 1 to 1000000") { $0.pose?.nPast = 0 }
    expectFault("--n-future 0: expected a whole number from 1 to 1000000") { $0.pose?.nFuture = 0 }
    expectFault("--batch-size 0: expected a whole number from 1 to 65536") { $0.pose?.batchSize = 0 }
    expectFault("--learning-rate -0.1: expected a number above 0 that a float32 can hold") {
      $0.pose?.learningRate = -0.1
    }
  }

  private func expectFault(
    _ expected: String, sourceLocation: SourceLocation = #_sourceLocation,
    _ change: (inout RunConfiguration) -> Void
  ) {
    var configuration = RunConfiguration()
    configuration.pose = PoseConfiguration()
    change(&configuration)
    #expect(message { try configuration.validate() } == expected, sourceLocation: sourceLocation)
  }
}

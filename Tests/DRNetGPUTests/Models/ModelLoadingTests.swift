import Foundation
import Testing

@testable import DRNetGPU
@testable import Files
@testable import TensorEngine

@Suite("Loading weights")
struct ModelLoadingTests {
  private let backend = CPUBackend()
  private let sizes = DRNet.Sizes(channels: 3, width: 2, contentDim: 7, poseDim: 3, normalise: false)

  private func weights(_ sizes: DRNet.Sizes) throws -> SafetensorsFile {
    let model = try DRNet(sizes, on: backend)
    try model.initialise(seed: 5, on: backend)
    var file = SafetensorsFile()
    for (name, parameter) in model.namedParameters { file[name] = try backend.download(parameter.tensor) }
    return file
  }

  @Test("Sizes are those of the tensors, and no metadata is needed", arguments: [64, 128])
  func sizesAreInferred(imageSize: Int) throws {
    for (encoder, head) in [
      (EncoderNetwork.dcgan, HeadNetwork.convolution), (.dcgan, .pooled), (.dcgan, .profiles), (.vgg, .pooled),
      (.vgg, .profiles), (.resnet18, .pooled),
    ] {
      let sizes = DRNet.Sizes(
        imageSize: imageSize, channels: 3, width: 2, contentDim: 7, poseDim: 3, normalise: false, poseEncoder: encoder,
        poseHead: head)
      #expect(try DRNet.load(weights(sizes), normalise: false, on: backend).sizes == sizes)
    }
  }

  @Test("Weights are those of the file")
  func weightsAreLoaded() throws {
    let file = try weights(sizes)
    let model = try DRNet.load(file, normalise: false, on: backend)
    for (name, parameter) in model.namedParameters { #expect(try backend.download(parameter.tensor) == file[name]) }
  }

  @Test("The scene discriminator may be missing, anything else may not")
  func missing() throws {
    var file = try weights(sizes)
    for name in file.names where name.hasPrefix("netC.") { file[name] = nil }
    _ = try DRNet.load(file, normalise: false, on: backend)
    file["netD.main.1.running_var"] = nil
    #expect(throws: FileError.self) { try DRNet.load(file, normalise: false, on: backend) }
  }

  @Test("A scene discriminator of another width is not used, and does not matter")
  func otherAdversary() throws {
    var file = try weights(sizes)
    file["netC.main.0.weight"] = HostTensor([512, 6])
    _ = try DRNet.load(file, on: backend)
  }

  @Test("Unit length of poses is stored with the weights")
  func unitLength() throws {
    var file = try weights(sizes)
    #expect(try !DRNet.load(file, on: backend).sizes.normalise)
    for (text, isUnit) in [("true", true), ("True", true), ("false", false)] {
      file.metadata["normalize"] = text
      #expect(try DRNet.load(file, on: backend).sizes.normalise == isUnit)
    }
    file.metadata["normalize"] = "yes"
    let error = #expect(throws: FileError.self) { try DRNet.load(file, on: backend) }
    #expect(try #require(error).description.contains("'normalize' in __metadata__ is 'yes'; expected true or false"))
  }

  @Test("NaN weights and wrong shapes are refused by name")
  func bad() throws {
    var file = try weights(sizes)
    file["netEC.main.5.bias"] = HostTensor([7], repeating: .nan)
    var error = #expect(throws: FileError.self) { try DRNet.load(file, normalise: false, on: backend) }
    #expect(try #require(error).description.contains("netEC.main.5.bias"))
    file["netEC.main.5.bias"] = HostTensor([6])
    error = #expect(throws: FileError.self) { try DRNet.load(file, normalise: false, on: backend) }
    #expect(try #require(error).description.contains("(6)"))
  }

  @Test("Encoding a frame does not depend on the frames beside it")
  func frozen() throws {
    let model = try DRNet.load(weights(sizes), normalise: true, on: backend)
    let extractor = FeatureExtractor(model, on: backend)
    var random = CounterRandom(seed: 2, purpose: .tests)
    let frames = HostTensor([3, 3, 64, 64], (0..<3 * 3 * 4096).map { _ in random.uniform() })
    let (content, pose) = try extractor.encode(frames)
    let alone = try extractor.encode(frames.rows(1..<2))
    // BLAS may sum in another order for another width: some roundings of float32 (6e-8) on values of at most 1. Statistics
    // of the batch, three frames here and one there, would give quite other values.
    for (alone, beside) in [(alone.content, content), (alone.pose, pose)] {
      #expect(zip(alone.values, beside.rows(1..<2).values).allSatisfy { abs($0 - $1) <= 1e-5 })
    }
    let length = pose.rows(0..<1).values.reduce(0) { $0 + $1 * $1 }
    #expect(abs(length - 1) < 1e-5)
  }
}

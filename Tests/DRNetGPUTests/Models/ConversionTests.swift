import Foundation
import TestSupport
import Testing

@testable import DRNetGPU
@testable import TensorEngine

/// Weights of drnet-py, converted by the lines of docs/drnet-py.md: Tests/Golden/golden_conversion.py.
@Suite struct ConversionTests {
  private let backend = CPUBackend()

  /// `expected.<name>`, (T, ...), as T tensors.
  private func steps(_ name: String, of file: SafetensorsFile) throws -> [HostTensor] {
    let tensor = try file.tensor("expected.\(name)")
    let shape = Shape(Array(tensor.shape.extents.dropFirst()))
    return stride(from: 0, to: tensor.values.count, by: shape.count).map {
      HostTensor(shape, Array(tensor.values[$0..<$0 + shape.count]))
    }
  }

  private func largestDifference(_ a: HostTensor, _ b: HostTensor) -> Float {
    zip(a.values, b.values).map { abs($0 - $1) }.max() ?? .infinity
  }

  /// Values are at most 1, and float32 rounds by 6e-8; sums have up to a thousand terms.
  @Test func theyEncodeDecodeAndGenerateAsInPyTorch() throws {
    let file = try Golden.file("conversion")
    let prediction = try PosePrediction.load(file, pose: file, on: backend)
    #expect(prediction.extractor.model.sizes.normalise && prediction.lstm.isNormalised)
    let observed = try steps("frames", of: file)
    let content = try prediction.extractor.content(of: observed[2])
    let vectors = try prediction.extractor.vectors(of: content)
    #expect(largestDifference(vectors, try file.tensor("expected.content")) < 1e-5)
    for (frames, expected) in zip(observed, try steps("poses", of: file)) {
      #expect(largestDifference(try prediction.extractor.pose(of: frames), expected) < 1e-5)
    }
    let (poses, generated) = (try steps("predicted", of: file), try steps("generated", of: file))
    var step = 0
    try prediction.predict(observed: observed, count: poses.count) { frames, pose in
      #expect(largestDifference(pose, poses[step]) < 1e-5, "step \(step)")
      #expect(largestDifference(frames, generated[step]) < 1e-5, "step \(step)")
      step += 1
    }
    #expect(step == 5)
  }

  @Test func anLSTMOfOtherSizesIsRefused() throws {
    let file = try Golden.file("conversion")
    let lstm = try PoseLSTM(poseDim: 3, contentDim: 7, rnnSize: 4, rnnLayers: 1, on: backend)
    try lstm.initialise(seed: 1, network: 0, on: backend)
    var other = SafetensorsFile()
    for (name, parameter) in lstm.namedParameters { other[name] = try backend.download(parameter.tensor) }
    #expect(
      message { _ = try PosePrediction.load(file, pose: other, on: backend) }.contains(
        "for poses of 3 and content of 7 numbers, the model has 3 and 6"))
  }
}

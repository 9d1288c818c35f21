import TestSupport
import Testing

@testable import DRNetGPU
@testable import TensorEngine

/// Training with feature maps stored as float16: the launches of GPUs, on any device.
@Suite("Mixed precision", .serialized, .enabled(if: TestDevice.isThere), .exclusiveDevice)
struct MixedPrecisionTests {
  private let tiny: TinyTraining

  init() throws { tiny = try TinyTraining() }

  private func backend(_ precision: Precision) throws -> OpenCLBackend {
    let device = try #require(TestDevice.device)
    var traits = DeviceTraits(device.facts)
    traits.kind = .gpu
    traits.precision = precision
    return try OpenCLBackend(device, library: .embedded, programFolder: .standard, traits: traits)
  }

  private func training(_ precision: Precision, from checkpoint: SafetensorsFile? = nil) throws -> DRNetTraining {
    try tiny.start(from: checkpoint, on: backend(precision))
  }

  /// float16 has 11 digits: storing rounds by up to 2^-11 of each element, in one of some twenty maps between a frame and
  /// a loss. In one step these errors are those of sums, most of them lost in means over a batch; ten steps of Adam, whose
  /// first ones have the size of the learning rate whatever the gradient's, let the two trainings drift apart.
  @Test("Ten steps have the losses of float32, to a few of the eleven digits of float16")
  func staysNear() throws {
    let expected = try training(.float).losses(to: 10)
    let found = try training(.mixed).losses(to: 10)
    #expect(found != expected, "nothing is stored as float16")
    for (found, expected) in zip(found, expected) {
      for (index, loss) in found.names.enumerated() where loss != MainLoss.discriminatorAccuracy.rawValue {
        let tolerance = (found.step == 1 ? 0.002 : 0.03) * abs(expected.values[index]) + 1e-4
        #expect(abs(found.values[index] - expected.values[index]) <= tolerance, "\(loss) of step \(found.step)")
      }
    }
  }

  @Test("A checkpoint goes on bit for bit, with its loss scale")
  func resume() throws {
    let whole = try training(.mixed).losses(to: 8)
    let first = try training(.mixed)
    _ = try first.losses(to: 3)
    let checkpoint = try first.checkpoint().file()
    #expect(checkpoint[TrainerState.lossScale]?.values == [LossScale.firstScale, 3, 0])
    let second = try training(.mixed, from: checkpoint)
    #expect(try second.losses(to: 8) == whole)
    #expect(try second.metrics()["lossScale"] == Double(LossScale.firstScale))
  }

  /// Each map is stored with a relative error of 2^-11 an element, lost in means over a batch except for what the layers
  /// before have in common; a variance is off by up to twice that a layer.
  @Test("Statistics of a checkpoint are those of float32, to a few of the eleven digits of float16")
  func statistics() throws {
    let expected = try training(.float).checkpoint().file()
    let found = try training(.mixed).checkpoint().file()
    let names = expected.names.filter { $0.hasPrefix("net") && $0.contains("running") }
    #expect(names.count > 20)
    for name in names {
      let (found, expected) = (try found.tensor(name).values, try expected.tensor(name).values)
      let largest = expected.reduce(0) { max($0, abs($1)) }
      for (found, expected) in zip(found, expected) { #expect(abs(found - expected) <= 0.005 * largest, "\(name)") }
    }
  }

  @Test("A step whose gradients overflow moves nothing and halves the scale")
  func overflow() throws {
    let training = try training(.mixed)
    let trainer = training.trainer
    func weights() throws -> [HostTensor] {
      try [trainer.model.contentEncoder.parameters, trainer.model.decoder.parameters].joined()
        .filter { $0.kind == .weight }.map { try trainer.backend.download($0.tensor) }
    }
    _ = try training.losses(to: 1)
    let before = try weights()
    let scale = try #require(trainer.lossScale)
    try trainer.backend.upload(HostTensor([3], [0x1p100, 5, 0]), to: scale.state)
    _ = try training.losses(to: 2)
    #expect(try weights() == before)
    #expect(try trainer.backend.download(scale.state).values == [0x1p99, 0, 0])
    try trainer.backend.upload(HostTensor([3], [1024, 1999, 0]), to: scale.state)
    _ = try training.losses(to: 3)
    #expect(try weights() != before)
    #expect(try trainer.backend.download(scale.state).values == [2048, 0, 0])
  }

  @Test("Feature maps take half of the memory")
  func memory() throws {
    var wide = tiny
    wide.configuration.width = 32
    let step = try [Precision.float, .mixed].map { try wide.start(on: backend($0)).memory.step }
    #expect(Double(step[1]) < 0.75 * Double(step[0]), "\(step)")
  }

  @Test("Devices that cannot are refused in one line")
  func refused() {
    var traits = DeviceTraits(kind: .cpu, computeUnits: 4, maxWorkGroupSize: 1024, localMemoryBytes: 48 << 10)
    #expect(traits.precisionHindrance == nil)
    traits.precision = .mixed
    #expect(traits.precisionHindrance == "is not a GPU")
    traits.kind = .gpu
    #expect(traits.precisionHindrance == nil)
    traits.localMemoryBytes = 16 << 10
    #expect(traits.precisionHindrance?.contains("16384 bytes of local memory") == true)
    traits.maxWorkGroupSize = 64
    #expect(traits.precisionHindrance?.contains("work-groups of 64") == true)
  }
}

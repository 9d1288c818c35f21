import Foundation
import TestSupport
import Testing

@testable import DRNetGPU
@testable import TensorEngine

/// Schedules on a device: the same bits as running op by op, however memory is shared.
@Suite(.enabled(if: TestDevice.isThere), .serialized, .exclusiveDevice) struct ReplayTests {
  private let configuration = {
    var configuration = RunConfiguration()
    configuration.width = 5
    configuration.contentDim = 18
    configuration.poseDim = 5
    configuration.batchSize = 4
    configuration.channels = 3
    configuration.averageDecay = 0.9
    return configuration
  }()

  private func backend(_ mode: MemoryMode = .pooled, profiling: Bool = false) throws -> OpenCLBackend {
    try OpenCLBackend(#require(TestDevice.device), memoryMode: mode, profiling: profiling)
  }

  /// The parity cases of each op, of many types, one after the other in the same memory: every result, twice.
  @Test(arguments: MemoryMode.allCases)
  func opsComeOutAsOneByOne(_ mode: MemoryMode) throws {
    let backend = try backend(mode)
    for name in OpName.allCases { try check(name.type.parityCases.filter(\.isSmall), on: backend) }
    #expect(try backend.overruns().isEmpty)
  }

  private func check(_ cases: [ParityCase], on backend: OpenCLBackend) throws {
    let inputs = try cases.map { parityCase in
      try zip(parityCase.drawInputs(seed: 1), parityCase.inputs).map { try backend.upload($0, as: $1.role) }
    }
    let expected = try zip(cases, inputs).map { try backend.run($0.op, $1).map(backend.download) }
    let recorder = Recorder(for: backend)
    // Each result passes through a sum in temporary memory before it is kept.
    let kept = try zip(cases, inputs).map { parityCase, inputs in
      try recorder.run(parityCase.op, inputs).map { output in
        try recorder.keep(recorder.run(Add(), [output, output])[0])
      }
    }
    let replay = try backend.prepare([recorder.schedule])[0]
    for _ in 0..<2 {
      try replay.run()
      for (index, outputs) in kept.enumerated() {
        for (output, value) in zip(outputs, expected[index]) {
          let sum = HostTensor(value.shape, value.values.map { $0 + $0 })
          let found = try backend.deviceValues(output)
          #expect(found == BlockedLayout(output.type).pack(sum), "\(type(of: cases[index].op)) \(cases[index].name)")
        }
      }
    }
  }

  /// Convolutions read the padding of what another type has just left the memory of.
  @Test func largeTensorsOfDifferentTypesTakeTurns() throws {
    let backend = try backend()
    let operands = try [TensorType.features(32, 17, 40, 40), .features(30, 18, 44, 38)].map { type in
      let parityCase = ParityCase("", Add(), [type, .filter(3, type.shape.channels, 3, 3), .channels(3)])
      return try zip(parityCase.drawInputs(seed: 1), parityCase.inputs).map { try backend.upload($0, as: $1.role) }
    }
    func convolve(on runner: any OpRunner) throws -> [Tensor] {
      try operands.map {
        let double = try runner.run(Add(), [$0[0], $0[0]])[0]
        return try runner.run(Conv2DForward(stride: 1, padding: 1), [double, $0[1], $0[2]])[0]
      }
    }
    let expected = try convolve(on: backend).map(backend.download)
    let recorder = Recorder(for: backend)
    let kept = try convolve(on: recorder).map(recorder.keep)
    let plan = MemoryPlan(Schedule.Layout(of: recorder.schedule).items, backend.memoryTraits)
    #expect(plan.clearings.count == 2)
    let replay = try backend.prepare([recorder.schedule])[0]
    for _ in 0..<2 {
      try replay.run()
      for (tensor, host) in zip(kept, expected) { #expect(try backend.download(tensor) == host) }
    }
  }

  @Test func aTrainingThatSharesMemoryEqualsOneThatDoesNot() throws {
    let source = try DataSet.embedded.open(ClipRequest(maxStep: configuration.maxStep))
    func train(_ mode: MemoryMode, validates: Bool) throws -> SafetensorsFile {
      let training = try DRNetTraining(configuration, source, from: nil, on: backend(mode))
      for _ in 0..<4 {
        try training.advance()
        if validates { _ = try training.validation() }
      }
      return try training.checkpoint().file()
    }
    let whole = try train(.pooled, validates: false)
    #expect(try train(.separate, validates: false) == whole)
    #expect(try train(.pooled, validates: true) == whole)
  }

  @Test func replaysAreProfiled() throws {
    let backend = try backend(profiling: true)
    let x = try backend.upload(HostTensor([3], [1, 2, 3]), as: .plain)
    let recorder = Recorder(for: backend)
    let sum = try recorder.keep(recorder.run(Add(), [x, x])[0])
    let replay = try backend.prepare([recorder.schedule])[0]
    for _ in 0..<2 { try replay.run() }
    #expect(try backend.takeTimes().map(\.variant.kernel) == ["add", "add"])
    #expect(try backend.download(sum).values == [2, 4, 6])
    #expect(backend.enqueuedKernels == [KernelVariant(kernel: "add", defines: backend.traits.laneDefines(for: x.type))])
  }

  @Test func theLimitIsKeptBeforeTheFirstStep() throws {
    let device = try #require(TestDevice.device)
    let needed = try {
      let backend = try backend()
      let source = try DataSet.embedded.open(ClipRequest(maxStep: configuration.maxStep))
      let training = try DRNetTraining(configuration, source, from: nil, on: backend)
      let needed = backend.heldBytes
      for _ in 0..<2 { try training.advance() }
      _ = try training.validation()
      _ = try training.checkpoint().file()
      #expect(backend.heldBytes == needed, "memory was taken after the plan")
      return needed
    }()
    let source = try DataSet.embedded.open(ClipRequest(maxStep: configuration.maxStep))
    _ = try DRNetTraining(configuration, source, from: nil, on: OpenCLBackend(device, memoryLimit: needed))
    #expect(throws: AllocationError.self) {
      try DRNetTraining(configuration, source, from: nil, on: OpenCLBackend(device, memoryLimit: needed - 1))
    }
  }
}

import TestSupport
import Testing

@testable import TensorEngine

@Suite("Outputs in the memory of inputs")
struct InPlaceTests {
  private static let names = OpName.allCases.filter { !$0.type.inPlace.isEmpty }

  /// What trainings rely on: an op that lost its declaration would trap in them, and leave the tests below.
  @Test("are declared by all ops that trainings run so")
  func declarations() {
    let declared = Dictionary(uniqueKeysWithValues: Self.names.map { ($0, $0.type.inPlace) })
    let moments = [0: 0, 1: 2, 2: 3]
    #expect(
      declared == [
        .add: [0: 0], .multiply: [0: 0], .batchNormForward: [3: 3, 4: 4], .adam: moments, .scaledAdam: moments,
        .exponentialMovingAverage: [0: 0], .findNonFinite: [0: 0], .updateLossScale: [0: 0],
      ])
  }

  @Test("have the type of the input, one input each", arguments: names)
  func types(name: OpName) {
    let inPlace = name.type.inPlace
    #expect(Set(inPlace.values).count == inPlace.count)
    for parityCase in name.type.parityCases {
      let outputs = parityCase.op.outputTypes(parityCase.inputs)
      for (output, input) in inPlace { #expect(outputs[output] == parityCase.inputs[input], "\(parityCase.name)") }
    }
  }

  @Test("hold what they hold elsewhere", arguments: names)
  func values(name: OpName) throws {
    let backend = CPUBackend()
    for parityCase in name.type.parityCases {
      let hosts = parityCase.drawInputs(seed: 1)
      func upload() throws -> [Tensor] { try zip(hosts, parityCase.inputs).map { try backend.upload($0, as: $1.role) } }
      let apart = try backend.run(parityCase.op, upload())
      let inputs = try upload()
      let together = try apart.enumerated().map { index, output in
        try name.type.inPlace[index].map { inputs[$0] } ?? backend.allocate(output.type)
      }
      try backend.run(parityCase.op, inputs, into: together)
      for (index, (first, second)) in zip(apart, together).enumerated() {
        #expect(
          try backend.download(first) == backend.download(second), "\(name) \(parityCase.name), output \(index)")
      }
    }
  }

  @Test("do not trap if the op declares them")
  func declared() async {
    await #expect(processExitsWith: .success) {
      let (backend, x) = try Self.backendAndTensor()
      let y = try backend.run(ActivationForward(activation: .relu), [x])[0]
      try backend.run(Add(), [x, y], into: [x])
      let recorder = Recorder(for: backend)
      let z = try recorder.run(ActivationForward(activation: .relu), [x])[0]
      recorder.run(Add(), [z, x], into: [z])
    }
  }

  @Test("trap on the CPU backend if the op does not declare them")
  func undeclaredOnCPU() async {
    await #expect(processExitsWith: .failure) {
      let (backend, x) = try Self.backendAndTensor()
      try? backend.run(ActivationForward(activation: .relu), [x], into: [x])
    }
  }

  @Test("trap on the recorder if the op does not declare them")
  func undeclaredOnRecorder() async {
    await #expect(processExitsWith: .failure) {
      let (backend, x) = try Self.backendAndTensor()
      let recorder = Recorder(for: backend)
      guard let y = try? recorder.run(ActivationForward(activation: .relu), [x]) else { return }
      recorder.run(ActivationForward(activation: .relu), y, into: y)
    }
  }

  @Test("trap if the op declares another input")
  func otherInput() async {
    await #expect(processExitsWith: .failure) {
      let (backend, x) = try Self.backendAndTensor()
      guard let y = try? backend.run(ActivationForward(activation: .relu), [x])[0] else { return }
      try? backend.run(Add(), [y, x], into: [x])
    }
  }

  @Test("trap if they have only a part of the input's memory")
  func overlap() async {
    await #expect(processExitsWith: .failure) {
      let backend = CPUBackend()
      guard let piece = try? backend.allocatePiece(floats: 48) else { return }
      let (x, y) = (backend.part(of: piece, at: 0, .channels(20)), backend.part(of: piece, at: 16, .channels(20)))
      try? backend.run(Add(), [x, x], into: [y])
    }
  }

  @Test("trap if two outputs share one")
  func outputsTogether() async {
    await #expect(processExitsWith: .failure) {
      let (backend, x) = try Self.backendAndTensor()
      let op = MaxPool2DForward(window: 1, stride: 1)
      guard let y = try? backend.allocate(x.type) else { return }
      try? backend.run(op, [x], into: [y, y])
    }
  }

  @Test("are the memory of a group's tensors too")
  func spans() async {
    await #expect(processExitsWith: .failure) {
      let backend = CPUBackend()
      guard let group = try? backend.allocateGroup([.channels(3), .channels(5)]) else { return }
      let recorder = Recorder(for: backend)
      recorder.run(ActivationForward(activation: .relu), [group.spans[0]], into: [group.tensors[1]])
    }
  }

  private static func backendAndTensor() throws -> (CPUBackend, Tensor) {
    let backend = CPUBackend()
    return (backend, try backend.upload(HostTensor([1, 1, 1, 2]), as: .features))
  }
}

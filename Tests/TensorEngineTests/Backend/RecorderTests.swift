import Testing

@testable import TensorEngine

@Suite("Recorder")
struct RecorderTests {
  private let backend = CPUBackend()

  private func tensor(_ values: [Float]) throws -> Tensor {
    try backend.upload(HostTensor([values.count], values), as: .plain)
  }

  @Test("A replay computes anew from what its inputs hold, and fills what was kept")
  func replay() throws {
    let (a, b) = (try tensor([1, 2]), try tensor([10, 20]))
    let recorder = Recorder(for: backend)
    let sum = try recorder.run(Add(), [a, b])[0]
    let double = try recorder.run(Add(), [sum, sum])[0]
    let result = try recorder.keep(recorder.run(Add(), [double, a])[0])
    #expect(recorder.schedule.lifetimes == [0...1, 1...2, nil])
    let replay = try backend.prepare([recorder.schedule])[0]
    try replay.run()
    #expect(try backend.download(result).values == [23, 46])
    try backend.upload(HostTensor([2], [0, 1]), to: a)
    try replay.run()
    #expect(try backend.download(result).values == [20, 43])
  }

  @Test("A group's span reaches all its tensors, and lives from the first to the last use of any")
  func group() throws {
    let types = [TensorType.channels(3), .channels(5)]
    let values = try backend.allocateGroup(types)
    #expect(values.spans.count == 1)
    for tensor in values.tensors {
      #expect(try backend.download(tensor) == HostTensor(tensor.shape))
      try backend.upload(HostTensor(tensor.shape, repeating: 1), to: tensor)
    }
    let recorder = Recorder(for: backend)
    let doubles = try values.tensors.map { try recorder.run(Add(), [$0, $0])[0] }
    let group = recorder.group(doubles)
    recorder.run(Add(), [values.spans[0], group.spans[0]], into: [values.spans[0]])
    #expect(recorder.schedule.lifetimes == [0...0, 1...1, 0...2])
    try backend.prepare([recorder.schedule])[0].run()
    for tensor in values.tensors { #expect(try backend.download(tensor) == HostTensor(tensor.shape, repeating: 3)) }
  }

  @Test("A group can be kept")
  func keptGroup() throws {
    let (one, two) = (try tensor([1, 1]), try tensor([2, 2, 2]))
    let kept = try backend.allocateGroup([one.type, two.type])
    let recorder = Recorder(for: backend)
    let sums = try [one, two].map { try recorder.run(Add(), [$0, $0])[0] }
    #expect(recorder.group(sums, keptIn: kept).spans[0] === kept.spans[0])
    try backend.prepare([recorder.schedule])[0].run()
    #expect(try kept.tensors.map { try backend.download($0).values } == [[2, 2], [4, 4, 4]])
  }
}

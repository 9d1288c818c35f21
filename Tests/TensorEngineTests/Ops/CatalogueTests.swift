import Testing

@testable import TensorEngine

@Suite("The catalogue of ops")
struct CatalogueTests {
  @Test("names its own type and has cases of size 1 and of odd size", arguments: OpName.allCases)
  func casesAreThere(name: OpName) {
    #expect(name.type.name == name)
    let cases = name.type.parityCases
    #expect(!cases.isEmpty)
    for parityCase in cases { #expect(type(of: parityCase.op).name == name, "\(parityCase.name)") }
    #expect(Set(cases.map(\.name)).count == cases.count, "two cases share a name")
    // Gradients of a concatenation have two channels at least, gates of an LSTM cell four, the loss scale's state three.
    let smallest = cases.map { $0.inputs.map(\.shape.count).min() ?? 0 }.min() ?? 0
    let least: [OpName: Int] = [.concatenateBackward: 2, .updateLossScale: 3]
    #expect(smallest <= least[name] ?? 1, "no case of size 1")
    let extents = cases.map { $0.inputs.flatMap(\.shape.extents) }
    #expect(extents.contains { $0.contains { $0 > 1 && $0 % 2 == 1 } }, "no case of odd size")
  }
}

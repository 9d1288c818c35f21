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
    let smallest = cases.map { $0.types.map(\.shape.count).min() ?? 0 }.min() ?? 0
    let isOfOneSize = Set(cases.map(\.inputs)).count == 1
    #expect(smallest == 1 || isOfOneSize, "no case of size 1")
    let extents = cases.map { $0.inputs.flatMap(\.shape.extents) }
    #expect(extents.contains { $0.contains { $0 > 1 && $0 % 2 == 1 } }, "no case of odd size")
  }
}

extension ParityCase {
  /// Of inputs and outputs.
  fileprivate var types: [TensorType] { inputs + op.outputTypes(inputs) }
}

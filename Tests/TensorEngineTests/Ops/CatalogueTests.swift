import TestSupport
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

  @Test("is selected by op and by pattern")
  func selection() throws {
    func count(_ selection: CaseSelection, _ report: Bool = false) throws -> Int {
      try OpName.allCases.reduce(0) { sum, name in
        try name.type.parityCases.reduce(sum) { sum, parityCase in
          try Launches.allCases.reduce(sum) { sum, launches in
            guard try selection.contains(name, parityCase, launches.rawValue) else { return sum }
            if report { selection.report(name, parityCase, launches.rawValue, "\(parityCase.inputs)") }
            return sum + 1
          }
        }
      }
    }
    let all = try count(CaseSelection(op: nil, pattern: nil))
    #expect(all == Launches.allCases.count * OpName.allCases.reduce(0) { $0 + $1.type.parityCases.count })
    #expect(try count(CaseSelection(op: "add", pattern: nil)) == Launches.allCases.count * Add.parityCases.count)
    #expect(try count(CaseSelection(op: "add", pattern: "^add/odd .*/CPU$")) == 2)
    #expect(try count(CaseSelection(op: "noSuchOp", pattern: nil)) == 0)
    #expect(throws: (any Error).self) { try count(CaseSelection(op: nil, pattern: "(")) }
    #expect(try count(.environment, true) > 0, "no case is called so")
  }
}

extension ParityCase {
  /// Of inputs and outputs.
  fileprivate var types: [TensorType] { inputs + op.outputTypes(inputs) }
}

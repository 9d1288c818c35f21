import Testing

@testable import TensorEngine

@Suite("The text of an op")
struct OpDescriptionTests {
  /// Stored tunings name ops by these texts.
  private static let texts: [(op: any Op, text: String)] = [
    (Conv2DForward(stride: 2, padding: 1), "Conv2DForward(stride: 2, padding: 1)"),
    (
      Conv2DBackwardInput(stride: 2, padding: 1, height: 64, width: 48),
      "Conv2DBackwardInput(stride: 2, padding: 1, height: 64, width: 48)"
    ),
    (
      Conv2DBackwardWeight(stride: 1, padding: 0, windowHeight: 4, windowWidth: 3),
      "Conv2DBackwardWeight(stride: 1, padding: 0, windowHeight: 4, windowWidth: 3)"
    ),
    (ConvTranspose2DForward(stride: 2, padding: 1), "ConvTranspose2DForward(stride: 2, padding: 1)"),
    (ConvTranspose2DBackwardInput(stride: 2, padding: 1), "ConvTranspose2DBackwardInput(stride: 2, padding: 1)"),
    (
      ConvTranspose2DBackwardWeight(stride: 2, padding: 1, windowHeight: 4, windowWidth: 4),
      "ConvTranspose2DBackwardWeight(stride: 2, padding: 1, windowHeight: 4, windowWidth: 4)"
    ),
    (LinearForward(), "LinearForward()"), (LinearBackwardInput(), "LinearBackwardInput()"),
    (LinearBackwardWeight(), "LinearBackwardWeight()"),
  ]

  @Test("is the one that stored tunings hold", arguments: texts.indices)
  func stored(index: Int) {
    let (op, text) = Self.texts[index]
    #expect(op.description == text)
    #expect(TuningTable.Entry(op, [], tiling: nil, seconds: 1, estimatedSeconds: 1).op == text)
  }

  @Test("is held for every op that takes a tiling")
  func complete() {
    let tiled = OpName.allCases.filter { name in name.type.parityCases.contains { $0.op.takesTiling($0.inputs) } }
    #expect(Set(tiled) == Set(Self.texts.map { type(of: $0.op).name }))
  }

  @Test("names no module", arguments: OpName.allCases)
  func modules(name: OpName) {
    for parityCase in name.type.parityCases {
      #expect(!parityCase.op.description.contains("TensorEngine"), "\(parityCase.op.description)")
    }
  }
}

import Testing

@testable import TensorEngine

@Suite struct WorkTests {
  /// Multiplications and additions of a convolution, counted one by one; places over padding count too.
  private func counted(batch: Int, from: Int, to: Int, pixels: Int, window: Int) -> Int {
    var count = 0
    for _ in 0..<batch {
      for _ in 0..<to {
        for _ in 0..<pixels {
          for _ in 0..<from {
            for _ in 0..<window { count += 2 }
          }
        }
      }
    }
    return count
  }

  @Test func convolutionsCountTheirWindows() {
    // 8 x 8 pixels become 4 x 4.
    let (x, w, y) = (TensorType.features(2, 3, 8, 8), TensorType.filter(5, 3, 4, 4), TensorType.features(2, 5, 4, 4))
    let expected = counted(batch: 2, from: 3, to: 5, pixels: 16, window: 16)
    #expect(expected == 15360)
    let bytes = 4 * (2 * 3 * 64 + 5 * 3 * 16 + 2 * 5 * 16)
    let forward = Conv2DForward(stride: 2, padding: 1).work([x, w, .channels(5)])
    #expect(forward == Work(operations: expected, bytes: bytes + 4 * 5))
    let work = Work(operations: expected, bytes: bytes)
    #expect(Conv2DBackwardInput(stride: 2, padding: 1, height: 8, width: 8).work([y, w]) == work)
    #expect(Conv2DBackwardWeight(stride: 2, padding: 1, windowHeight: 4, windowWidth: 4).work([x, y]) == work)
  }

  @Test func transposedConvolutionsCountWhatTheConvolutionBehindThemDoes() {
    // 4 x 4 pixels of 5 channels become 8 x 8 of 3.
    let (x, w, y) = (TensorType.features(2, 5, 4, 4), TensorType.filter(5, 3, 4, 4), TensorType.features(2, 3, 8, 8))
    let expected = counted(batch: 2, from: 5, to: 3, pixels: 16, window: 16)
    let forward = ConvTranspose2DForward(stride: 2, padding: 1).work([x, w, .channels(3)])
    #expect(forward.operations == expected)
    #expect(ConvTranspose2DBackwardInput(stride: 2, padding: 1).work([y, w]).operations == expected)
    let weight = ConvTranspose2DBackwardWeight(stride: 2, padding: 1, windowHeight: 4, windowWidth: 4)
    #expect(weight.work([x, y]).operations == expected)
  }

  @Test func linearLayersCountTheirProducts() {
    let (x, w, y) = (TensorType.features(7, 10), TensorType.filter(3, 10), TensorType.features(7, 3))
    #expect(LinearForward().work([x, w, .channels(3)]) == Work(operations: 420, bytes: 4 * (70 + 30 + 3 + 21)))
    #expect(LinearBackwardInput().work([y, w]) == Work(operations: 420, bytes: 4 * (21 + 30 + 70)))
    #expect(LinearBackwardWeight().work([x, y]) == Work(operations: 420, bytes: 4 * (70 + 21 + 30)))
  }

  @Test func recurrentLayersCountTheirProductsWithTheHiddenState() {
    // 3 time steps of 2 rows with 5 cells; what the last one hands back comes from no product.
    let (gates, cells, state) = (TensorType.features(6, 20), TensorType.features(6, 5), TensorType.features(2, 5))
    let forward = LSTMForward().work([gates, state, state, .filter(20, 5), .channels(20)])
    #expect(forward == Work(operations: 1200, bytes: 4 * (120 + 10 + 10 + 100 + 20 + 30 + 30 + 120 + 30)))
    let backward = LSTMBackward().work([gates, cells, state, .filter(20, 5), cells])
    #expect(backward == Work(operations: 800, bytes: 4 * (120 + 30 + 10 + 100 + 30 + 120 + 10)))
  }

  @Test func attentionsCountTheTimeStepsThatAreSeen() {
    // 3 time steps of 2 rows see 2, 3 and 3 time steps of a memory of 3: 16 rows of 5 elements.
    let (queries, memory) = (TensorType.features(6, 5), TensorType.features(6, 5))
    let weights = TensorType([6, 3], .plain)
    let forward = AttentionForward(batch: 2, first: 1).work([queries, memory])
    #expect(forward == Work(operations: 2 * 160, bytes: 4 * (30 + 30 + 30 + 18)))
    let backward = AttentionBackward(batch: 2, first: 1).work([weights, queries, memory, queries])
    #expect(backward == Work(operations: 4 * 160, bytes: 4 * (18 + 30 + 30 + 30 + 30 + 30)))
  }

  @Test func theRestMovesMemory() {
    let type = TensorType.features(2, 3, 5, 5)
    #expect(Add().work([type, type]) == Work(operations: 0, bytes: 3 * 4 * 150))
  }

  /// Every op of the catalogue, on every case the tests have.
  @Test(arguments: OpName.allCases) func everyOpMovesSomething(_ name: OpName) {
    for parityCase in name.type.parityCases {
      let work = parityCase.op.work(parityCase.inputs)
      #expect(work.bytes > 0 && work.operations >= 0, "\(parityCase.name)")
    }
  }
}

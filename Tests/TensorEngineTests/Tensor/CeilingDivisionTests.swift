import Testing

@testable import TensorEngine

@Suite struct CeilingDivisionTests {
  @Test func quotientsAreTheFewestPiecesThatCover() {
    for count in 0...70 {
      for size in 1...20 {
        let pieces = count.dividedRoundingUp(by: size)
        #expect(pieces * size >= count && (pieces - 1) * size < count)
        #expect(count.roundedUp(toMultipleOf: size) == pieces * size)
      }
    }
  }
}

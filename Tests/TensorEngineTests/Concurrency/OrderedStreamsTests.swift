import Foundation
import Synchronization
import Testing

@testable import TensorEngine

@Suite struct OrderedStreamsTests {
  private struct Failure: Error {}

  @Test(arguments: [1, 3]) func elementsComeInOrderOfTheirSequences(threads: Int) throws {
    var seen: [[Int]] = []
    try forEachInOrder(of: 2..<7, threads: threads) { sequence, pass in
      for element in 0..<sequence { try pass(element) }
      Thread.sleep(forTimeInterval: sequence.isMultiple(of: 2) ? 0.01 : 0)
    } _: { (sequence, element: Int) in
      seen.append([sequence, element])
    }
    #expect(seen == (2..<7).flatMap { sequence in (0..<sequence).map { [sequence, $0] } })
  }

  @Test func noSequenceRunsFarAhead() throws {
    let passed = Mutex(0)
    var (taken, most) = (0, 0)
    try forEachInOrder(of: 0..<1, depth: 2) { _, pass in
      for element in 0..<50 {
        try pass(element)
        passed.withLock { $0 += 1 }
      }
    } _: { (_, _: Int) in
      taken += 1
      Thread.sleep(forTimeInterval: 0.001)
      most = max(most, passed.withLock { $0 } - taken)
    }
    #expect(taken == 50 && most <= 2)
  }

  @Test func anErrorComesAfterTheElementsBeforeIt() {
    var seen: [Int] = []
    #expect(throws: Failure.self) {
      try forEachInOrder(of: 0..<3) { sequence, pass in
        try pass(sequence)
        if sequence == 1 { throw Failure() }
      } _: { (_, element: Int) in
        seen.append(element)
      }
    }
    #expect(seen == [0, 1])
  }

  /// The producers wait for room; they must not wait for ever.
  @Test func aBodyThatFailsEndsTheProducers() {
    let running = Mutex(0)
    #expect(throws: Failure.self) {
      try forEachInOrder(of: 0..<9, threads: 3) { _, pass in
        running.withLock { $0 += 1 }
        defer { running.withLock { $0 -= 1 } }
        for element in 0..<1000 { try pass(element) }
      } _: { (_, _: Int) in
        throw Failure()
      }
    }
    #expect(running.withLock { $0 } == 0)
  }

  @Test func nothingComesOfNothing() throws {
    try forEachInOrder(of: 5..<5) { _, pass in
      try pass(0)
    } _: { (_, _: Int) in
      Issue.record("there is nothing")
    }
  }
}

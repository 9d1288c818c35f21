import Foundation
import Synchronization
import Testing

@testable import DRNetGPU
@testable import TensorEngine

@Suite struct OrderedPrefetchTests {
  private struct Failure: Error {}

  @Test(arguments: [1, 2, 5]) func orderAndBitsAreThoseOfTheSteps(threads: Int) throws {
    let source = try MovingObjects(EmbeddedSprites())
    let expected = try (10..<20).map { try source.batch(step: $0, size: 3, maxStep: 11, seed: 1) }
    let whole = OrderedPrefetch(from: 10, depth: 3, threads: threads) {
      try source.batch(step: $0, size: 3, maxStep: 11, seed: 1)
    }
    #expect(try (10..<20).map { _ in try whole.next() } == expected)
    let resumed = OrderedPrefetch(from: 15, depth: 3, threads: threads) {
      try source.batch(step: $0, size: 3, maxStep: 11, seed: 1)
    }
    #expect(try (15..<20).map { _ in try resumed.next() } == Array(expected.suffix(5)))
  }

  @Test func slowStepsKeepTheirPlace() throws {
    let prefetch = OrderedPrefetch(from: 0, depth: 4, threads: 4) { step in
      Thread.sleep(forTimeInterval: step.isMultiple(of: 3) ? 0.02 : 0)
      return step
    }
    #expect(try (0..<12).map { _ in try prefetch.next() } == Array(0..<12))
    #expect(prefetch.secondsWaited > 0)
  }

  @Test func preparesNoMoreThanAskedFor() throws {
    let made = Mutex(0)
    let prefetch = OrderedPrefetch(from: 0, depth: 3, threads: 2) { step in
      made.withLock { $0 = max($0, step + 1) }
      return step
    }
    #expect(try prefetch.next() == 0)
    while made.withLock({ $0 }) < 4 { Thread.sleep(forTimeInterval: 0.001) }
    Thread.sleep(forTimeInterval: 0.05)
    #expect(made.withLock { $0 } == 4)
  }

  @Test func mapsARangeInOrderAndNothingBeyond() throws {
    let made = Mutex(Set<Int>())
    var results: [Int] = []
    try parallelMap(3..<10, depth: 5, threads: 3) { index -> Int in
      made.withLock { _ = $0.insert(index) }
      return 2 * index
    } forEachInOrder: { index, result in
      #expect(result == 2 * index)
      results.append(result)
    }
    #expect(results == (3..<10).map { 2 * $0 })
    #expect(made.withLock { $0 } == Set(3..<10))
  }

  @Test func errorsSurfaceAtTheirStep() throws {
    let prefetch = OrderedPrefetch(from: 0, depth: 4, threads: 2) { step in
      if step == 2 { throw Failure() }
      return step
    }
    #expect(try prefetch.next() == 0)
    #expect(try prefetch.next() == 1)
    #expect(throws: Failure.self) { try prefetch.next() }
    #expect(try prefetch.next() == 3)
  }

  @Test func nothingRunsAfterTheEndOfLife() throws {
    let running = Mutex(0)
    let calls = Mutex(0)
    do {
      let prefetch = OrderedPrefetch(from: 0, depth: 8, threads: 3) { step in
        running.withLock { $0 += 1 }
        calls.withLock { $0 += 1 }
        Thread.sleep(forTimeInterval: 0.01)
        running.withLock { $0 -= 1 }
        return step
      }
      #expect(try prefetch.next() == 0)
    }
    let atTheEnd = calls.withLock { $0 }
    #expect(running.withLock { $0 } == 0)
    Thread.sleep(forTimeInterval: 0.05)
    #expect(calls.withLock { $0 } == atTheEnd)
  }
}

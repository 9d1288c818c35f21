import Foundation
import Synchronization
import Testing

@testable import DRNetGPU
@testable import TensorEngine

@Suite struct BatchLoaderTests {
  private struct Failure: Error {}

  @Test(arguments: [1, 2, 5]) func orderAndBitsAreThoseOfTheSteps(threads: Int) throws {
    let source = try MovingObjects(EmbeddedSprites())
    let expected = try (10..<20).map { try source.batch(step: $0, size: 3, maxStep: 11, seed: 1) }
    let whole = BatchLoader(startStep: 10, depth: 3, threads: threads) {
      try source.batch(step: $0, size: 3, maxStep: 11, seed: 1)
    }
    #expect(try (10..<20).map { _ in try whole.next() } == expected)
    let resumed = BatchLoader(startStep: 15, depth: 3, threads: threads) {
      try source.batch(step: $0, size: 3, maxStep: 11, seed: 1)
    }
    #expect(try (15..<20).map { _ in try resumed.next() } == Array(expected.suffix(5)))
  }

  @Test func slowStepsKeepTheirPlace() throws {
    let loader = BatchLoader(startStep: 0, depth: 4, threads: 4) { step in
      Thread.sleep(forTimeInterval: step.isMultiple(of: 3) ? 0.02 : 0)
      return step
    }
    #expect(try (0..<12).map { _ in try loader.next() } == Array(0..<12))
    #expect(loader.secondsWaited > 0)
  }

  @Test func preparesNoMoreThanAskedFor() throws {
    let made = Mutex(0)
    let loader = BatchLoader(startStep: 0, depth: 3, threads: 2) { step in
      made.withLock { $0 = max($0, step + 1) }
      return step
    }
    #expect(try loader.next() == 0)
    while made.withLock({ $0 }) < 4 { Thread.sleep(forTimeInterval: 0.001) }
    Thread.sleep(forTimeInterval: 0.05)
    #expect(made.withLock { $0 } == 4)
  }

  @Test func errorsSurfaceAtTheirStep() throws {
    let loader = BatchLoader(startStep: 0, depth: 4, threads: 2) { step in
      if step == 2 { throw Failure() }
      return step
    }
    #expect(try loader.next() == 0)
    #expect(try loader.next() == 1)
    #expect(throws: Failure.self) { try loader.next() }
    #expect(try loader.next() == 3)
  }

  @Test func nothingRunsAfterTheLoaderIsGone() throws {
    let running = Mutex(0)
    let calls = Mutex(0)
    do {
      let loader = BatchLoader(startStep: 0, depth: 8, threads: 3) { step in
        running.withLock { $0 += 1 }
        calls.withLock { $0 += 1 }
        Thread.sleep(forTimeInterval: 0.01)
        running.withLock { $0 -= 1 }
        return step
      }
      #expect(try loader.next() == 0)
    }
    let atTheEnd = calls.withLock { $0 }
    #expect(running.withLock { $0 } == 0)
    Thread.sleep(forTimeInterval: 0.05)
    #expect(calls.withLock { $0 } == atTheEnd)
  }
}

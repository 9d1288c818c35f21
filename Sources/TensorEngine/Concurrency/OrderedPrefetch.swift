import Foundation

/// Makes values ahead on background threads and returns them in index order, so that neither the number of threads nor
/// their timing changes the result. A training takes its batches from it, with steps as indices.
public final class OrderedPrefetch<Value: Sendable>: @unchecked Sendable {
  private let queue: Queue

  /// Starts to make the values of `start`, `start + 1`, ..., at most `depth` of them ahead.
  /// - Parameters:
  ///   - start: the index of the first value that `next` returns.
  ///   - end: the index after the last value.
  ///   - depth: maximum number of values that are ready or in preparation.
  ///   - threads: number of threads that make values.
  ///   - make: makes the value of an index. The value may depend only on the
  ///     index; `make` is called on several threads at once.
  public init(
    from start: Int, to end: Int = .max, depth: Int = 4, threads: Int = 1,
    make: @escaping @Sendable (_ index: Int) throws -> Value
  ) {
    precondition(start <= end && depth > 0 && threads > 0)
    queue = Queue(start..<end, depth: depth, threads: threads)
    for number in 0..<threads {
      let thread = Thread { [queue] in queue.work(make) }
      thread.name = "prefetch \(number)"
      thread.start()
    }
  }

  /// Stops the threads and waits until each has finished its current value.
  deinit { queue.stop() }

  /// The value of the next index; waits if it is not ready. Traps at the end.
  /// - Throws: the error that making this value threw.
  public func next() throws -> Value { try queue.take() }

  /// Total seconds that `next` has waited for values.
  public var secondsWaited: Double { queue.secondsWaited }

  /// State shared with the threads. They hold this object, not the prefetch, so
  /// that the prefetch can be released while they run.
  private final class Queue: @unchecked Sendable {
    private let condition = NSCondition()
    private let depth: Int
    private let end: Int
    private var ready: [Int: Result<Value, any Error>] = [:]
    private var nextToMake: Int
    private var nextToTake: Int
    private var threadsRunning: Int
    private var isStopped = false
    private var waited = 0.0

    init(_ indices: Range<Int>, depth: Int, threads: Int) {
      self.depth = depth
      end = indices.upperBound
      nextToMake = indices.lowerBound
      nextToTake = indices.lowerBound
      threadsRunning = threads
    }

    var secondsWaited: Double { condition.withLock { waited } }

    func work(_ make: (Int) throws -> Value) {
      while let index = claim() {
        let value = Result { try make(index) }
        condition.withLock {
          ready[index] = value
          condition.broadcast()
        }
      }
      condition.withLock {
        threadsRunning -= 1
        condition.broadcast()
      }
    }

    /// The next index to make a value for; nil when stopped and at the end.
    private func claim() -> Int? {
      condition.withLock {
        while !isStopped && nextToMake < end && nextToMake >= nextToTake + depth { condition.wait() }
        if isStopped || nextToMake == end { return nil }
        defer { nextToMake += 1 }
        return nextToMake
      }
    }

    func take() throws -> Value {
      let value = condition.withLock {
        precondition(nextToTake < end, "no value at the end, \(end)")
        let start = ContinuousClock.now
        while ready[nextToTake] == nil { condition.wait() }
        waited += (ContinuousClock.now - start) / .seconds(1)
        defer {
          nextToTake += 1
          condition.broadcast()
        }
        return ready.removeValue(forKey: nextToTake)!
      }
      return try value.get()
    }

    func stop() {
      condition.withLock {
        isStopped = true
        condition.broadcast()
        while threadsRunning > 0 { condition.wait() }
      }
    }
  }
}

/// Transforms each index of `range` on background threads, at most `depth` ahead, and calls `body` on this thread with
/// each index and its result, in order.
/// - Throws: what `body` throws, and what `transform` threw for an index whose turn has come.
package func parallelMap<Value: Sendable>(
  _ range: Range<Int>, depth: Int = 4, threads: Int = 2, _ transform: @escaping @Sendable (Int) throws -> Value,
  forEachInOrder body: (Int, Value) throws -> Void
) throws {
  let prefetch = OrderedPrefetch(
    from: range.lowerBound, to: range.upperBound, depth: depth, threads: threads, make: transform)
  for index in range { try body(index, prefetch.next()) }
}

import Foundation

/// Prefetches batches on background threads and returns them in step order, so that neither the number of threads nor
/// their timing changes the training data.
public final class BatchLoader<Batch: Sendable>: @unchecked Sendable {
  private let queue: Queue

  /// Starts to prefetch the batches of `startStep`, `startStep + 1`, ..., at most `depth` of them ahead.
  /// - Parameters:
  ///   - startStep: the step of the first batch that `next` returns.
  ///   - depth: maximum number of batches that are ready or in preparation.
  ///   - threads: number of threads that prepare batches.
  ///   - make: makes the batch of a step. The batch may depend only on the
  ///     step; `make` is called on several threads at once.
  public init(
    startStep: Int, depth: Int = 4, threads: Int = 1, make: @escaping @Sendable (_ step: Int) throws -> Batch
  ) {
    precondition(depth > 0 && threads > 0)
    queue = Queue(startStep: startStep, depth: depth, threads: threads)
    for index in 0..<threads {
      let thread = Thread { [queue] in queue.work(make) }
      thread.name = "batch loader \(index)"
      thread.start()
    }
  }

  /// Stops the threads and waits until each has finished its current batch.
  deinit { queue.stop() }

  /// The batch of the next step; waits if it is not ready.
  /// - Throws: the error that making this batch threw.
  public func next() throws -> Batch { try queue.take() }

  /// Total seconds that `next` has waited for batches.
  public var secondsWaited: Double { queue.secondsWaited }

  /// State shared with the threads. They hold this object, not the loader, so
  /// that the loader can be released while they run.
  private final class Queue: @unchecked Sendable {
    private let condition = NSCondition()
    private let depth: Int
    private var ready: [Int: Result<Batch, any Error>] = [:]
    private var nextToMake: Int
    private var nextToTake: Int
    private var threadsRunning: Int
    private var isStopped = false
    private var waited = 0.0

    init(startStep: Int, depth: Int, threads: Int) {
      self.depth = depth
      nextToMake = startStep
      nextToTake = startStep
      threadsRunning = threads
    }

    var secondsWaited: Double { condition.withLock { waited } }

    func work(_ make: (Int) throws -> Batch) {
      while let step = claim() {
        let batch = Result { try make(step) }
        condition.withLock {
          ready[step] = batch
          condition.broadcast()
        }
      }
      condition.withLock {
        threadsRunning -= 1
        condition.broadcast()
      }
    }

    /// The next step to make a batch for; nil when stopped.
    private func claim() -> Int? {
      condition.withLock {
        while !isStopped && nextToMake >= nextToTake + depth { condition.wait() }
        if isStopped { return nil }
        defer { nextToMake += 1 }
        return nextToMake
      }
    }

    func take() throws -> Batch {
      let batch = condition.withLock {
        let start = ContinuousClock.now
        while ready[nextToTake] == nil { condition.wait() }
        waited += (ContinuousClock.now - start) / .seconds(1)
        defer {
          nextToTake += 1
          condition.broadcast()
        }
        return ready.removeValue(forKey: nextToTake)!
      }
      return try batch.get()
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

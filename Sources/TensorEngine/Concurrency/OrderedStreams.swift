import Foundation

/// Produces several sequences on background threads, some of them at once, and passes their elements on in order: all of the
/// first sequence, then all of the second, and so on. Memory holds a few elements of each sequence that is being produced.
/// - Parameters:
///   - sequences: the numbers of the sequences.
///   - depth: maximum number of elements of one sequence that wait.
///   - threads: maximum number of sequences that are produced at once.
///   - produce: produces a sequence; it passes each element to the function that it is given, on one thread.
///   - body: takes each element with the number of its sequence, on this thread.
/// - Throws: what `body` throws, and what `produce` threw for a sequence, after its elements.
package func forEachInOrder<Element: Sendable>(
  of sequences: Range<Int>, depth: Int = 2, threads: Int = 2,
  produce: @escaping @Sendable (_ sequence: Int, _ pass: (Element) throws -> Void) throws -> Void,
  _ body: (_ sequence: Int, Element) throws -> Void
) throws {
  let streams = OrderedStreams<Element>(sequences, depth: depth)
  for _ in 0..<min(threads, sequences.count) { Thread { streams.work(produce) }.start() }
  defer { streams.stop() }
  for sequence in sequences {
    while let element = try streams.take(sequence) { try body(sequence, element) }
  }
}

/// The elements that were produced and not yet taken.
private final class OrderedStreams<Element: Sendable>: @unchecked Sendable {
  private struct Stopped: Error {}

  private let condition = NSCondition()
  private let depth: Int
  private let end: Int
  private var nextToProduce: Int
  private var waiting: [Int: [Element]] = [:]
  private var ended: [Int: (any Error)?] = [:]
  private var threadsAtWork = 0
  private var isStopped = false

  init(_ sequences: Range<Int>, depth: Int) {
    (nextToProduce, end) = (sequences.lowerBound, sequences.upperBound)
    self.depth = depth
  }

  /// Produces sequences until there is none left.
  func work(_ produce: (Int, (Element) throws -> Void) throws -> Void) {
    while let sequence = claim() {
      var failure: (any Error)?
      do { try produce(sequence) { try pass($0, of: sequence) } } catch { failure = error }
      condition.withLock {
        ended[sequence] = .some(failure)
        threadsAtWork -= 1
        condition.broadcast()
      }
    }
  }

  private func claim() -> Int? {
    condition.withLock {
      guard !isStopped, nextToProduce < end else { return nil }
      threadsAtWork += 1
      defer { nextToProduce += 1 }
      return nextToProduce
    }
  }

  private func pass(_ element: Element, of sequence: Int) throws {
    try condition.withLock {
      while !isStopped, waiting[sequence, default: []].count >= depth { condition.wait() }
      if isStopped { throw Stopped() }
      waiting[sequence, default: []].append(element)
      condition.broadcast()
    }
  }

  /// The next element of a sequence; nil at its end.
  func take(_ sequence: Int) throws -> Element? {
    try condition.withLock {
      while true {
        if waiting[sequence]?.isEmpty == false {
          defer { condition.broadcast() }
          return waiting[sequence]!.removeFirst()
        }
        if let failure = ended[sequence] {
          (waiting[sequence], ended[sequence]) = (nil, nil)
          if let failure { throw failure }
          return nil
        }
        condition.wait()
      }
    }
  }

  /// Ends the threads and waits until each has left its sequence.
  func stop() {
    condition.withLock {
      isStopped = true
      condition.broadcast()
      while threadsAtWork > 0 { condition.wait() }
    }
  }
}

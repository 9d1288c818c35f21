import Dispatch

/// Runs `body` on every chunk of `grain` indices of `0..<count`, on all cores.
///
/// Chunks depend only on `count` and `grain`. A sum of each chunk, followed by a sum over the chunks in order, is thus
/// the same on any number of cores. Chunks run in any order and must not write to the same memory.
package func parallelFor(_ count: Int, grain: Int = 1, _ body: (Range<Int>) -> Void) {
  precondition(grain > 0, "a chunk needs at least one index")
  let chunks = count.dividedRoundingUp(by: grain)
  if chunks <= 1 { return body(0..<count) }
  withoutActuallyEscaping(body) { body in
    // Safe: `concurrentPerform` returns after the last call, and chunks write to disjoint memory.
    nonisolated(unsafe) let body = body
    DispatchQueue.concurrentPerform(iterations: chunks) { chunk in
      body(chunk * grain..<min(count, (chunk + 1) * grain))
    }
  }
}

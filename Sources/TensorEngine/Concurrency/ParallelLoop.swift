import Dispatch

/// Runs `body` on every chunk of `grain` indices of `0..<count`, on all cores.
///
/// Chunks depend on `count` and `grain` alone, so a sum taken chunk by chunk and then over the chunks in order is the
/// same on any number of cores. Chunks run in any order and must not write to the same memory.
package func parallelFor(_ count: Int, grain: Int = 1, _ body: (Range<Int>) -> Void) {
  precondition(grain > 0, "a chunk needs at least one index")
  let chunks = count.dividedRoundingUp(by: grain)
  if chunks <= 1 { return body(0..<count) }
  withoutActuallyEscaping(body) { body in
    // Safe: `concurrentPerform` returns after the last call, and chunks share no memory that is written.
    nonisolated(unsafe) let body = body
    DispatchQueue.concurrentPerform(iterations: chunks) { chunk in
      body(chunk * grain..<min(count, (chunk + 1) * grain))
    }
  }
}

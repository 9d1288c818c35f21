import Dispatch

/// A value that is computed on another thread.
package final class Background<Value: Sendable>: @unchecked Sendable {
  private let group = DispatchGroup()
  /// Written before the group is left, read after waiting for it.
  private var result: Result<Value, any Error>?

  /// Starts to compute the value.
  package init(_ make: @escaping @Sendable () throws -> Value) {
    DispatchQueue.global().async(group: group) { self.result = Result { try make() } }
  }

  /// The value; waits for it the first time.
  /// - Throws: the error that computing it threw.
  package func value() throws -> Value {
    group.wait()
    return try result!.get()
  }
}

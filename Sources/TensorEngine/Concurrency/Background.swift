import Dispatch

/// A value that another thread makes while this one goes on.
package final class Background<Value: Sendable>: @unchecked Sendable {
  private let group = DispatchGroup()
  /// Written before the group is left, read after waiting for it.
  private var result: Result<Value, any Error>?

  /// Starts to make the value.
  package init(_ make: @escaping @Sendable () throws -> Value) {
    DispatchQueue.global().async(group: group) { self.result = Result { try make() } }
  }

  /// The value; waits for it the first time.
  /// - Throws: what making it threw.
  package func value() throws -> Value {
    group.wait()
    return try result!.get()
  }
}

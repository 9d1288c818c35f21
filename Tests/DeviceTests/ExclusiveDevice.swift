import Testing

/// Lets one test at a time use the device, whatever suites run side by side: PoCL 3.1 takes the reference of a compiled
/// kernel from the wrong entry of its cache where two queues run one kernel over grids of different size, and ends the
/// process (`pocl_release_dlhandle_cache: Assertion`).
struct ExclusiveDevice: SuiteTrait, TestTrait, TestScoping {
  let isRecursive = true

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    await Turn.shared.take()
    do {
      try await function()
    } catch {
      await Turn.shared.pass()
      throw error
    }
    await Turn.shared.pass()
  }

  /// Whose turn it is; the others wait in the order in which they came.
  private actor Turn {
    static let shared = Turn()
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func take() async {
      if isTaken {
        await withCheckedContinuation { waiting.append($0) }
      } else {
        isTaken = true
      }
    }

    func pass() {
      if waiting.isEmpty {
        isTaken = false
      } else {
        waiting.removeFirst().resume()
      }
    }
  }
}

extension Trait where Self == ExclusiveDevice {
  static var exclusiveDevice: Self { ExclusiveDevice() }
}

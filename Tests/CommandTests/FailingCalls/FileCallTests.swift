import Foundation
import TensorEngine
import Testing

/// Commands whose calls for files fail, are cut short, or are the last of a killed process.
///
/// All calls that a command makes on its files are candidates. Of their failures `DRNET_FAULTS` (default: 33) are tried, spread
/// over commands, functions and failures; the same in every run.
@Suite struct FileCallTests {
  private static let functions = [
    "open", "open-to-read", "read", "write", "fsync", "rename", "mkdir", "unlink", "rmdir", "link", "ftruncate",
    "flock",
    "close", "mmap",
  ]

  /// What may happen in the place of a call.
  private static func failures(of function: Substring) -> [String] {
    let errors: [Int32] =
      switch function {
      case "open", "open-to-read": [EIO, ENOSPC, EMFILE]
      case "read", "close": [EIO, EINTR]
      case "write", "fsync": [EIO, ENOSPC, EINTR]
      case "mkdir", "link", "rename": [EIO, ENOSPC]
      default: [EIO]
      }
    let isTransfer = function == "read" || function == "write"
    return errors.map(String.init) + (isTransfer ? ["short"] : []) + (function.hasPrefix("open-") ? [] : ["kill"])
  }

  /// Failures of `calls`, spread over functions and failures: `count` of them, or all.
  private static func failing(_ calls: [Substring], count: Int) -> [FailingCall] {
    let numbers = Dictionary(grouping: calls.indices) { calls[$0].prefix { $0 != " " } }
    var kinds: [(numbers: [Int], failure: String)] = []
    for (function, numbers) in numbers { kinds += failures(of: function).map { (numbers, $0) } }
    var random = CounterRandom(seed: 1, purpose: .tests)
    // Kinds with few calls are in the first rounds, those with many fill the rest.
    kinds.sort { ($0.numbers.count, $0.failure, $0.numbers[0]) < ($1.numbers.count, $1.failure, $1.numbers[0]) }
    kinds.shuffle(using: &random)
    for index in kinds.indices { kinds[index].numbers.shuffle(using: &random) }
    var chosen: [FailingCall] = []
    for round in 0..<(kinds.map(\.numbers.count).max() ?? 0) {
      for kind in kinds where round < kind.numbers.count && chosen.count < count {
        chosen.append(
          FailingCall(functions: functions, number: kind.numbers[round] + 1, failure: kind.failure, path: "faulty"))
      }
    }
    return chosen
  }

  private static let count = Int(ProcessInfo.processInfo.environment["DRNET_FAULTS"] ?? "") ?? 33

  @Test(arguments: FaultyCommand.onTheCPU)
  func everyFailureEndsWellAndTheUserCanGoOn(_ command: FaultyCommand) throws {
    let reference = try command.reference(FailingCall(functions: Self.functions, path: "faulty"))
    #expect(reference.calls.count > 10)
    var endings: [Int32: Int] = [:]
    for call in Self.failing(reference.calls, count: Self.count / FaultyCommand.onTheCPU.count) {
      let observation = try command.observe(call, expecting: reference.files)
      endings[observation.outcome.status, default: 0] += 1
      let failed = observation.calls.dropFirst((call.number ?? 1) - 1).first ?? ""
      #expect(
        observation.complaints.isEmpty,
        "\(command.name), \(call.failure) at call \(call.number ?? 0) (\(failed)): \(observation.outcome.messages.suffix(2))"
      )
    }
    print("\(command.name): \(reference.calls.count) calls; endings by exit status: \(endings)")
  }
}

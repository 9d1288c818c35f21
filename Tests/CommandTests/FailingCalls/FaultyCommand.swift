import DRNetGPU
import Foundation
import Testing

/// A command that runs in a workspace while calls fail, and what must be there after it.
///
/// All that it reads and writes is in the folder `faulty`.
struct FaultyCommand: Sendable, CustomTestStringConvertible {
  let name: String
  let arguments: [String]
  /// Makes what is there before the command.
  let prepare: @Sendable (Workspace) throws -> Void
  /// The arguments with which a user goes on after a failure.
  let goOn: @Sendable (Workspace) -> [String]

  var testDescription: String { name }

  init(
    _ name: String, _ arguments: [String], prepare: @escaping @Sendable (Workspace) throws -> Void,
    goOn: (@Sendable (Workspace) -> [String])? = nil
  ) {
    (self.name, self.arguments, self.prepare) = (name, arguments, prepare)
    self.goOn = goOn ?? { _ in arguments }
  }

  /// What happened to a command one of whose calls failed.
  struct Observation {
    let outcome: Workspace.Outcome
    /// The calls that were counted: function and path.
    let calls: [Substring]
    /// What a user would complain about; empty if all is well.
    var complaints: [String] = []
  }

  /// A new workspace, as it is before the command.
  func workspace() throws -> Workspace {
    let workspace = try Workspace()
    try FileManager.default.createDirectory(at: workspace["faulty"], withIntermediateDirectories: true)
    try prepare(workspace)
    return workspace
  }

  /// The files after the command without a failure, and the calls that it makes.
  func reference(_ call: FailingCall) throws -> (files: [String: Data], calls: [Substring]) {
    let workspace = try workspace()
    let (outcome, calls) = try run(in: workspace, call)
    #expect(outcome.status == 0, "\(name): \(outcome.messages)")
    return (try Self.files(workspace), calls)
  }

  /// Runs the command while a call fails.
  ///
  /// It must end by itself: with success and all files right, or with one line that says what is wrong. No file may be torn,
  /// and the user can go on and gets what the command without a failure gives.
  func observe(_ call: FailingCall, expecting reference: [String: Data]) throws -> Observation {
    let workspace = try workspace()
    let before = try Self.files(workspace)
    let (outcome, calls) = try run(in: workspace, call)
    let after = try Self.files(workspace)
    var observation = Observation(outcome: outcome, calls: calls)
    let isKilled = call.failure == "kill"
    switch outcome.status {
    case 0:
      // What a process cannot remove may stay.
      if after.filter({ reference[$0.key] != nil }) != reference { observation.complaints.append("another result") }
    case 1:
      if outcome.messages.last?.hasPrefix("drnet: ") != true {
        observation.complaints.append("no line that says what is wrong")
      }
    case 128 + SIGKILL where isKilled: break
    case 128 + SIGKILL: observation.complaints.append("it did not end")
    default: observation.complaints.append("exit status \(outcome.status)")
    }
    observation.complaints += Self.losses(workspace, before, after)
    if outcome.status != 0 {
      let next = goOn(workspace)
      let second = try workspace.run(next)
      if second.status != 0 { observation.complaints.append("cannot go on with \(next): \(second.messages)") }
      let ended = try Self.files(workspace)
      if ended != reference {
        let different = Set(ended.keys).union(reference.keys).filter { ended[$0] != reference[$0] }
        observation.complaints.append("going on gives other files: \(different.sorted())")
      }
    }
    return observation
  }

  /// What is torn in the run, or was lost though its configuration is the old one.
  private static func losses(_ workspace: Workspace, _ before: [String: Data], _ after: [String: Data]) -> [String] {
    var losses: [String] = []
    for path in after.keys where path.hasSuffix(".safetensors") && !path.contains("/.") {
      do { _ = try SafetensorsFile.read(workspace[path]) } catch { losses.append("torn: \(error)") }
    }
    let configuration = "faulty/run/config.json"
    if before[configuration] != nil, after[configuration] == nil { losses.append("the run is lost") }
    if after[configuration] == before[configuration] {
      let checkpoints = before.filter { $0.key.hasPrefix("faulty/run/checkpoints/") }
      for path in checkpoints.keys.sorted() where after[path] != before[path] { losses.append("\(path) is lost") }
    }
    return losses
  }

  private func run(in workspace: Workspace, _ call: FailingCall) throws -> (Workspace.Outcome, calls: [Substring]) {
    let trace = FileManager.default.temporaryDirectory.appending(path: "drnet-calls-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: trace) }
    // A process that hangs is killed.
    let outcome = try workspace.run(
      ["-s", "KILL", "120", Workspace.command.path] + arguments, environment: call.environment(trace: trace),
      program: URL(filePath: "/usr/bin/timeout"))
    let calls = (try? String(contentsOf: trace, encoding: .utf8)) ?? ""
    return (outcome, calls.split(separator: "\n"))
  }

  /// The contents of all files in `faulty`, without what depends on time.
  private static func files(_ workspace: Workspace) throws -> [String: Data] {
    try workspace.snapshot().filter { $0.key.hasPrefix("faulty/") && !$0.key.hasSuffix(".lock") }
      .reduce(into: [:]) { files, file in
        files[file.key] =
          file.key.hasSuffix(".jsonl")
          ? try Data(TinyRun.rows(workspace[file.key]).joined(separator: "\n").utf8) : file.value
      }
  }
}

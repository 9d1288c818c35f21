import Files
import Foundation

/// A run at work: it starts the commands that the run needs, one after the other, each as a process of its own.
///
/// The processes write into the run's log, which stays locked until they end. So a sweep that is started again waits for
/// those of a killed one.
final class SweepJob {
  enum State {
    case working
    case finished
    /// Why, in one line.
    case failed(String)
    /// By `stop`.
    case stopped
  }

  let run: SweepRun
  /// Which of the sweep's jobs it is; chooses the device.
  let slot: Int
  let start = ContinuousClock.now
  private let device: [String]
  private let log: FileHandle
  private var stage: SweepRun.Stage?
  private var process: ChildProcess?
  private let stopPipe = StopPipe()
  private var isWaiting = false
  private var isStopped = false

  /// - Parameters:
  ///   - device: flags that choose the device.
  /// - Throws: `FileError` if the log cannot be written.
  init(_ run: SweepRun, slot: Int, device: [String]) throws {
    self.run = run
    self.slot = slot
    self.device = device
    _ = try AtomicFile.makeFolders(to: run.log.deletingLastPathComponent())
    let descriptor = open(run.log.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o666)
    guard descriptor >= 0 else { throw FileError(run.log, cannot: "write", errno: errno) }
    log = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// Starts the next command if the last one has ended. Called again and again; `report` is called with what it does.
  func poll(report: (String) -> Void) -> State {
    do {
      if let process {
        guard let ending = process.poll() else { return .working }
        self.process = nil
        if isStopped { return .stopped }
        guard ending == .exit(0) else { return .failed(reason(ending)) }
        try run.finish(stage!)
      }
      if isStopped { return .stopped }
      // Another sweep, or a process of one that was killed, works on this run.
      guard flock(log.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else {
        if !isWaiting { report("waiting for another drnet that works on it") }
        isWaiting = true
        return .working
      }
      guard let next = try run.next() else { return .finished }
      guard next.stage != stage else { return .failed("drnet \(next.stage.rawValue) did not finish its work") }
      stage = next.stage
      report("\(next.stage.rawValue); see \(run.log.relativePath)")
      process = try start(next)
      return .working
    } catch {
      return .failed("\(error)")
    }
  }

  /// Stops the process; a training saves a checkpoint first.
  func stop() {
    isStopped = true
    stopPipe.stop()
  }

  private func start(_ command: SweepRun.Command) throws -> ChildProcess {
    let arguments = [command.stage.rawValue] + command.arguments + device
    try log.write(contentsOf: Data("$ drnet \(arguments.joined(separator: " "))\n".utf8))
    let output = ChildProcess.Stream.descriptor(log.fileDescriptor)
    // This very program, even if its file has been replaced since.
    return try ChildProcess(
      URL(filePath: "/proc/self/exe"), arguments, environment: StopPipe.environment, input: stopPipe.input,
      output: output, errors: output)
  }

  private func reason(_ ending: ChildProcess.Ending) -> String {
    let text = String(decoding: (try? DataFile.read(run.log, last: 4096)) ?? Data(), as: UTF8.self)
    let last = text.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
    let prefix = "drnet: "
    // With another status somebody stopped it, and it says no reason.
    if case .exit(Main.failure...Main.usage) = ending, last.hasPrefix(prefix) {
      return String(last.dropFirst(prefix.count))
    }
    return "drnet \(stage!.rawValue) \(ending)"
  }
}

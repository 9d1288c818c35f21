import DRNetGPU
import Foundation

/// Works on the runs of a sweep, several at once if there are several jobs. A run that fails does not stop the others.
final class SweepRunner {
  private let runs: [SweepRun]
  /// Flags that choose the device of each job.
  private let devices: [[String]]
  private let interruption: Interruption
  private var waiting: [SweepRun]
  private var jobs: [SweepJob] = []
  /// Seconds that each run took which this process finished.
  private var durations: [Double] = []
  /// Why runs failed, by their names.
  private(set) var failures: [String: String] = [:]

  /// - Parameters:
  ///   - runs: those of the sweep, in the order in which they are trained.
  ///   - unfinished: those that something is missing of.
  ///   - devices: one for each job.
  init(_ runs: [SweepRun], unfinished: [SweepRun], devices: [[String]], interruption: Interruption) {
    self.runs = runs
    waiting = unfinished
    self.devices = devices
    self.interruption = interruption
  }

  /// Returns when all runs have finished or failed, or when the user interrupted them.
  func run() {
    let total = waiting.count
    if total < runs.count { message("\(runs.count - total) of \(runs.count) runs are finished already") }
    var isStopping = false
    while !jobs.isEmpty || !(waiting.isEmpty || isStopping) {
      if interruption.isWanted, !isStopping {
        isStopping = true
        for job in jobs { job.stop() }
      }
      while !isStopping, let slot = freeSlot, !waiting.isEmpty {
        start(waiting.removeFirst(), in: slot)
      }
      jobs = jobs.filter(isWorking)
      usleep(50_000)
    }
  }

  private var freeSlot: Int? { devices.indices.first { slot in !jobs.contains { $0.slot == slot } } }

  private func start(_ run: SweepRun, in slot: Int) {
    do {
      jobs.append(try SweepJob(run, slot: slot, device: devices[slot]))
    } catch {
      fail(run, "\(error)")
    }
  }

  private func isWorking(_ job: SweepJob) -> Bool {
    switch job.poll(report: { message("\(place(of: job.run)): \($0)") }) {
    case .working: return true
    case .stopped: return false
    case .finished:
      let duration = seconds(since: job.start)
      durations.append(duration)
      message("\(place(of: job.run)): finished after \(Terminal.duration(duration))\(timeLeft(besides: job))")
    case .failed(let why): fail(job.run, why)
    }
    return false
  }

  private func fail(_ run: SweepRun, _ why: String) {
    failures[run.name] = why
    message("\(place(of: run)): failed: \(why); see \(run.log.relativePath)")
  }

  /// Which run of how many it is.
  private func place(of run: SweepRun) -> String {
    let index = runs.firstIndex { $0.name == run.name }! + 1
    return "run \(index) of \(runs.count), \(run.name)"
  }

  /// An estimate from the mean time of the runs so far; empty if nothing is left.
  private func timeLeft(besides finished: SweepJob) -> String {
    let working = jobs.filter { $0 !== finished }
    guard !waiting.isEmpty || !working.isEmpty else { return "" }
    let mean = durations.reduce(0, +) / Double(durations.count)
    let begun = working.reduce(0) { $0 + max(0, mean - seconds(since: $1.start)) }
    let left = (Double(waiting.count) * mean + begun) / Double(devices.count)
    return "; about \(Terminal.duration(left)) left"
  }

  private func seconds(since start: ContinuousClock.Instant) -> Double { (ContinuousClock.now - start) / .seconds(1) }

  private func message(_ text: String) { Terminal.message(text) }
}

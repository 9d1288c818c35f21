import ArgumentParser
import DRNetGPU
import Files
import Foundation
import TensorEngine

struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep", abstract: "Trains and evaluates several settings with several seeds, and compares them.",
    discussion: """
      FILE names the settings in YAML: those that all runs share, as in a file for --config, the rows that differ from \
      them, and the seeds. Each row and seed is a run in FOLDER/ROW/seed-N. Prints medians over the seeds with their \
      range, marks the best row, and writes results.md, results.csv and results.json into FOLDER. After Ctrl-C or a \
      crash the same command continues. The exit status is 1 if a run failed; the others are trained all the same.
      Example:
        drnet sweep alpha.yaml
        drnet sweep alpha.yaml --out sweeps/alpha --device 0,1
        drnet sweep alpha.yaml --table
      """)

  @OptionGroup var devices: DeviceOptions
  @Argument(help: ArgumentHelp("YAML file of the sweep; see docs/sweeps.md.", valueName: "file")) var path: String
  @Option(help: "Folder of the runs and the table (default: FILE without its extension).") var out: String?
  @Option(help: "Runs to train at once (default: one for each device in --device, which may name several: 0,1).")
  var jobs: Int?
  @Flag(help: "Only make the table of what is finished.") var table = false

  func validate() throws {
    if let jobs, !(1...1000).contains(jobs) {
      throw ValidationError("--jobs \(jobs): expected a whole number from 1 to 1000")
    }
    if out == "" { throw ValidationError("--out '': expected the path of a folder") }
  }

  func run() throws {
    let interruption = Interruption()
    let file = try SweepFile(contentsOf: URL(filePath: path))
    let folder = try folder()
    if table, access(folder.path, F_OK) != 0 {
      throw FileError(folder, "there is no sweep here yet; omit --table to start it")
    }
    // One seed of every row comes first, so that the rows can be compared early.
    let runs = try file.seeds.flatMap { seed in
      try file.rows.map { try SweepRun($0, seed: seed, of: file, in: folder) }
    }
    for (index, run) in runs.prefix(file.rows.count).enumerated() {
      guard let twin = runs.prefix(index).first(where: run.isTrained) else { continue }
      throw file.fault(run.row, "the same settings as row '\(twin.row.name)'; leave one of them out")
    }
    let unfinished = try runs.filter { try $0.next() != nil }
    var failures: [String: String] = [:]
    if !table, !unfinished.isEmpty {
      let devices = try devices.spread(over: jobs)
      // A folder that cannot be written is told before anything is trained.
      try write(results(of: file, runs, [:]), into: folder)
      let runner = SweepRunner(runs, unfinished: unfinished, devices: devices, interruption: interruption)
      runner.run()
      failures = runner.failures
    }
    try show(results(of: file, runs, failures), in: folder)
    if interruption.isWanted {
      Terminal.message("interrupted; the same command continues")
      throw ExitCode(Interruption.exitStatus)
    }
    if !failures.isEmpty {
      Terminal.message("\(failures.count) of \(runs.count) runs failed; the same command tries them again")
      throw ExitCode(Main.failure)
    }
  }

  private func folder() throws -> URL {
    if let out { return URL(filePath: out) }
    let file = URL(filePath: path)
    guard !file.pathExtension.isEmpty else {
      throw ValidationError("\(path) has no extension to leave out for the folder's name; give --out FOLDER")
    }
    return URL(filePath: (path as NSString).deletingPathExtension)
  }

  private func results(of file: SweepFile, _ runs: [SweepRun], _ failures: [String: String]) throws -> SweepResults {
    let rows = try file.rows.map { row in
      try SweepResults.Row(
        row.name, settings: row.own,
        runs: runs.filter { $0.row.name == row.name }.map { run in
          let isFinished = try failures[run.name] == nil && run.next() == nil
          return try SweepResults.Run(
            seed: run.seed, values: isFinished ? RunMeasures(run.folder).values(and: file.measures) : nil,
            failure: failures[run.name])
        })
    }
    return SweepResults(columns: file.columns, ranking: file.ranking, rows: rows)
  }

  private func write(_ results: SweepResults, into folder: URL) throws {
    _ = try AtomicFile.makeFolders(to: folder)
    try results.write(into: folder)
  }

  private func show(_ results: SweepResults, in folder: URL) throws {
    try write(results, into: folder)
    Terminal.printTable(results.table())
    Terminal.printLine(results.caption)
    for failure in results.failures { Terminal.printLine("failed: \(failure)") }
    for measure in results.missingMeasures {
      let part = measure.prefix { $0 != "." }
      let related = results.measured.filter { $0.hasPrefix(part) }
      let there = related.isEmpty ? "" : "; of \(part) there are \(related.joined(separator: ", "))"
      Terminal.message("\(measure): in no evaluation of these runs\(there)")
    }
    print(folder.appending(path: "results.md").relativePath)
  }
}

extension DeviceOptions {
  /// Flags for the commands of each of `jobs` at once, spread over the devices that `--device` names.
  /// - Throws: `DeviceError` if there is no such device.
  fileprivate func spread(over jobs: Int?) throws -> [[String]] {
    let names =
      device.map { $0.split(separator: ",", omittingEmptySubsequences: false) }?
      .map { $0.trimmingCharacters(in: .whitespaces) } ?? []
    let inventory = backend == .cpu ? nil : OpenCLInventory()
    for name in names {
      _ = try DeviceSelection(
        backend: backend, device: name, among: inventory?.devices.map(\.facts) ?? [], problem: inventory?.problem)
    }
    let common = ["--backend", backend.rawValue] + (memoryLimit.map { ["--memory-limit", "\($0.bytes)"] } ?? [])
    return (0..<(jobs ?? max(names.count, 1))).map { job in
      common + (names.isEmpty ? [] : ["--device", names[job % names.count]])
    }
  }
}

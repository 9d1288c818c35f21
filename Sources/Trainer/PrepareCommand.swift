import ArgumentParser
import DRNetGPU
import Foundation

struct PrepareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prepare", abstract: "Converts a data set's files into one file of clips for training.",
    discussion: """
      An interrupted preparation resumes where it stopped. Train with --data clips --data-root FILE.
      Example:
        drnet prepare norb --from norb --out norb.clips
      """,
    subcommands: [
      PrepareVideosCommand.self, PrepareKTHCommand.self, PrepareNORBCommand.self, PrepareSUNCGCommand.self,
      PrepareSpritesCommand.self,
    ])
}

/// The options of every preparation, and its loop.
struct PreparationOptions: ParsableArguments {
  @Option(help: "Folder of the data set's files.") var from: String
  @Option(help: "File to write.") var out: String
  @Option(help: "Height and width of the frames in pixels: 64 or 128.") var size = 64
  @Flag(help: "Replace an existing file and start over.") var force = false

  func validate() throws {
    guard DRNet.imageSizes.contains(size) else { throw ValidationError("--size \(size): expected 64 or 128") }
  }

  var source: URL { URL(filePath: from) }
  var target: URL { URL(filePath: out) }

  /// Writes all clips of `reader`, shows progress, and names the clips that are skipped.
  func write(_ reader: some ClipReader) throws {
    let writer = try ClipsFileWriter(target, for: reader, replacing: force)
    if writer.resumed > 0 { Terminal.message("resuming after clip \(writer.resumed)") }
    for (name, problem) in writer.skipped { Terminal.message("skipped: \(name): \(problem)") }
    let progress = PreparationProgress()
    let sources = reader.sources
    try reader.readClips(from: writer.firstSource) { source, reading in
      switch reading {
      case .clip(let clip): try writer.append(clip, from: sources[source])
      case .broken(let name, let error):
        if try writer.skip(name, from: sources[source], because: error.description) {
          Terminal.message("skipped: \(name): \(error)")
        }
      case .remark(let text): Terminal.message(text)
      }
      progress.show(
        "prepared \(writer.written) clips of \(source + 1) of \(sources.count) sources, \(writer.skipped.count) skipped"
      )
    }
    try writer.finish()
    if Terminal.isInteractive { Terminal.progress("") }
    Terminal.printLine("\(target.relativePath): \(writer.written) clips, \(writer.skipped.count) skipped")
  }
}

/// Shows the progress of a preparation at intervals.
final class PreparationProgress {
  private var lastShown = ContinuousClock.now

  func show(_ text: @autoclosure () -> String) {
    let interval: Duration = Terminal.isInteractive ? .milliseconds(200) : .seconds(10)
    guard ContinuousClock.now - lastShown > interval else { return }
    lastShown = .now
    Terminal.isInteractive ? Terminal.progress(text()) : Terminal.message(text())
  }
}

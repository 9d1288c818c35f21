import ArgumentParser
import DRNetGPU
import Foundation

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Draws the loss curves and writes a page that shows what a run has learnt.",
    discussion: """
      Shows what is there: curves, and the pictures and figures that swap, generate and evaluate have written.
      Example:
        drnet report runs/first
      """)

  @Argument(help: ArgumentHelp("Folder of a run.", valueName: "run")) var path: String

  func run() throws {
    let folder = try RunFolder.open(URL(filePath: path))
    try RunReport(folder).write()
    print(folder.reportFile.relativePath)
  }
}

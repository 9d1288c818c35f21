import ArgumentParser
import DRNetGPU
import Foundation

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Plots the loss curves and writes an HTML page about a run.",
    discussion: """
      The page shows the curves, and the pictures and numbers that swap, generate, evaluate, classify and judge have \
      written so far.
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

import ArgumentParser
import DRNetGPU
import Foundation

struct PrepareKTHCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kth", abstract: "Prepares the KTH actions: each clip is one sub-sequence of a video.",
    discussion: """
      The folder must contain the AVI files as downloaded, in one folder or one per action, and 00sequences.txt.
      Example:
        drnet prepare kth --from kth --size 128 --out kth128.clips
      """)

  @OptionGroup var options: PreparationOptions
  @Option(
    help: """
      Persons for training and held out: released (1-20, 21-25), prediction (1-16, 17-25) or original (11-18, and \
      22, 2, 3, 5-10).
      """) var persons = KTHActions.PersonSplit.released

  func run() throws {
    let actions = try KTHActions(root: options.source, persons: persons, imageSize: options.size)
    if !actions.hasIndex {
      Terminal.message(
        "no 00sequences.txt in \(options.from): clips are whole videos, without frames that show no person")
    }
    try options.write(actions)
  }
}

extension KTHActions.PersonSplit: ExpressibleByArgument {}

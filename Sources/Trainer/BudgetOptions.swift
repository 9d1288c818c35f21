import ArgumentParser
import DRNetGPU

/// How long to train.
struct BudgetOptions: ParsableArguments {
  /// Steps of a training that only `--seconds` ends.
  static let unbounded = 1_000_000_000

  @Option(help: .setting(\RunConfiguration.steps)) var steps: Int?
  @Option(help: "Frames in all: steps times batch size.") var frames: Int?
  @Option(help: "Seconds in this process.") var seconds: Double?

  func validate() throws {
    if steps != nil, frames != nil { throw ValidationError("--steps and --frames say the same: name one") }
    if let steps, steps < 1 { throw ValidationError("--steps \(steps): expected a whole number from 1") }
    if let frames, frames < 1 { throw ValidationError("--frames \(frames): expected a whole number from 1") }
    if let seconds, !(seconds > 0) { throw ValidationError("--seconds \(seconds): expected a number above 0") }
  }

  /// This budget, with the end that `other` names where this one names none.
  func over(_ other: BudgetOptions) -> BudgetOptions {
    var budget = self
    if steps == nil, frames == nil { (budget.steps, budget.frames) = (other.steps, other.frames) }
    return budget
  }

  func apply(to configuration: inout RunConfiguration) throws {
    if let steps { configuration.steps = steps }
    if let frames {
      let (steps, rest) = frames.quotientAndRemainder(dividingBy: max(configuration.batchSize, 1))
      configuration.steps = steps + (rest > 0 ? 1 : 0)
    }
    // A preset has steps of its own.
    if seconds != nil, steps == nil, frames == nil, configuration.preset == nil {
      guard !configuration.cosine else {
        throw ValidationError("--seconds with --cosine: the schedule must know its end; name --steps or --frames too")
      }
      configuration.steps = Self.unbounded
    }
  }
}

import ArgumentParser
import DRNetGPU

/// How long to train.
struct BudgetOptions: ParsableArguments {
  /// Steps of a training that only `--seconds` limits.
  static let unbounded = 1_000_000_000

  @Option(help: .setting(\RunConfiguration.steps)) var steps: Int?
  @Option(help: "Total frames: steps times batch size.") var frames: Int?
  @Option(help: "Maximum training time of this process in seconds.") var seconds: Double?

  func validate() throws {
    if steps != nil, frames != nil { throw ValidationError("--steps and --frames set the same limit: give only one") }
    if let steps, steps < 1 { throw ValidationError("--steps \(steps): expected a whole number from 1") }
    if let frames, frames < 1 { throw ValidationError("--frames \(frames): expected a whole number from 1") }
    if let seconds, !(seconds > 0) { throw ValidationError("--seconds \(seconds): expected a number above 0") }
  }

  /// This budget; if it sets neither steps nor frames, those of `other` apply.
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
    // A preset sets its own steps.
    if seconds != nil, steps == nil, frames == nil, configuration.preset == nil {
      guard !configuration.cosine else {
        throw ValidationError("--seconds with --cosine: the schedule needs a known end; give --steps or --frames too")
      }
      configuration.steps = Self.unbounded
    }
  }
}

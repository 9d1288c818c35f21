/// Why a training cannot continue.
public enum TrainingError: Error, CustomStringConvertible {
  /// Something became NaN or infinite. `place`: the loss, and the first parameter that is not finite, if any; or a tensor
  /// that was to be saved.
  case notFinite(place: String, step: Int)

  /// One line for the user.
  public var description: String {
    switch self {
    case .notFinite(let place, let step):
      "training stopped: \(place) is not finite at step \(step); earlier checkpoints are untouched; "
        + "try a lower --learning-rate"
    }
  }
}

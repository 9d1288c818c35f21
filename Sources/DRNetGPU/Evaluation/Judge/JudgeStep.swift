/// The step of `CounterRandom` for each use of the purpose `judge`: each has random numbers of its own.
enum JudgeStep {
  static let classes = 0
  static let heldOutClips = 1
  static let contentsOfTraining = 2
  static let pairs = 3
  static let balance = 4
  static let contents = 5
}

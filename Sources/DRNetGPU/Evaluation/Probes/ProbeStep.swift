/// The step of `CounterRandom` for each use of the purpose `probes`: each has random numbers of its own.
enum ProbeStep {
  static let trainingClips = 0
  static let heldOutClips = 1
  static let predictedClips = 2
  static let perceptron = 3
  static let sceneDiscriminator = 4
  static let pairs = 5
  static let trees = 6
  static let labelledClips = 7
}

import ArgumentParser
import DRNetGPU

/// Settings of the pose LSTM's training. A flag that is not given leaves the value of the file, the preset or
/// the default.
struct PoseOptions: SettingOptions {
  @Option(help: .setting(\PoseConfiguration.weights)) var weights: ModelWeights?
  @Option(help: .setting(\PoseConfiguration.rnnSize)) var rnnSize: Int?
  @Option(help: .setting(\PoseConfiguration.rnnLayers)) var rnnLayers: Int?
  @Option(help: .setting(\PoseConfiguration.nPast)) var nPast: Int?
  @Option(help: .setting(\PoseConfiguration.nFuture)) var nFuture: Int?
  @Flag(inversion: .prefixedNo, help: .setting(\PoseConfiguration.residual)) var residual: Bool?
  @Flag(inversion: .prefixedNo, help: .setting(\PoseConfiguration.attention)) var attention: Bool?
  @Flag(inversion: .prefixedNo, help: .setting(\PoseConfiguration.normalize)) var normalize: Bool?
  @Option(help: .setting(\PoseConfiguration.poseNoise)) var poseNoise: Double?
  @Option(help: .setting(\PoseConfiguration.freeRunning)) var freeRunning: Double?
  @Option(help: .setting(\PoseConfiguration.batchSize)) var batchSize: Int?
  @Option(help: .setting(\PoseConfiguration.encodedClips)) var encodedClips: Int?
  @Option(help: .setting(\PoseConfiguration.learningRate)) var learningRate: Double?
  @Option(help: .setting(\PoseConfiguration.beta1)) var beta1: Double?
  @Flag(inversion: .prefixedNo, help: .setting(\PoseConfiguration.cosine)) var cosine: Bool?
  @Option(help: .setting(\PoseConfiguration.steps)) var steps: Int?
  @Option(help: .setting(\PoseConfiguration.seed)) var seed: UInt64?
  @Option(help: .setting(\PoseConfiguration.saveEvery)) var saveEvery: Int?
  @Option(help: .setting(\PoseConfiguration.logEvery)) var logEvery: Int?
  @Option(help: .setting(\PoseConfiguration.keep)) var keep: Int?

  func validate() throws {
    if let steps, steps < 1 { throw ValidationError("--steps \(steps): expected a whole number from 1") }
  }

  /// Names of the flags that were given.
  var given: [String] { given(of: PoseConfiguration.self) }
}

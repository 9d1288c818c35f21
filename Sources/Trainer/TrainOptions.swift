import ArgumentParser
import DRNetGPU
import TensorEngine

/// Settings of the main model's training. A flag that is not given leaves the value of the file, the preset or
/// the default.
struct TrainOptions: SettingOptions {
  @Option(help: .setting(\RunConfiguration.preset)) var preset: Preset?
  @Option(help: .setting(\RunConfiguration.data)) var data: DataSet?
  @Option(help: .setting(\RunConfiguration.dataRoot)) var dataRoot: String?
  @Option(help: .setting(\RunConfiguration.objects)) var objects: Int?
  @Flag(inversion: .prefixedNo, help: .setting(\RunConfiguration.grey)) var grey: Bool?
  @Option(help: .setting(\RunConfiguration.imageSize)) var imageSize: Int?
  @Option(help: .setting(\RunConfiguration.`init`)) var `init`: String?
  @Option(help: .setting(\RunConfiguration.contentEncoder)) var contentEncoder: EncoderNetwork?
  @Option(help: .setting(\RunConfiguration.poseEncoder)) var poseEncoder: EncoderNetwork?
  @Option(help: .setting(\RunConfiguration.decoder)) var decoder: DecoderNetwork?
  @Option(help: .setting(\RunConfiguration.contentHead)) var contentHead: HeadNetwork?
  @Option(help: .setting(\RunConfiguration.poseHead)) var poseHead: HeadNetwork?
  @Option(help: .setting(\RunConfiguration.poseNorm)) var poseNorm: HeadNorm?
  @Option(help: .setting(\RunConfiguration.width)) var width: Int?
  @Option(help: .setting(\RunConfiguration.contentDim)) var contentDim: Int?
  @Option(help: .setting(\RunConfiguration.poseDim)) var poseDim: Int?
  @Flag(inversion: .prefixedNo, help: .setting(\RunConfiguration.normalize)) var normalize: Bool?
  @Option(help: .setting(\RunConfiguration.batchSize)) var batchSize: Int?
  @Option(help: .setting(\RunConfiguration.maxStep)) var maxStep: Int?
  @Option(help: .setting(\RunConfiguration.scene)) var scene: SceneExtent?
  @Option(help: .setting(\RunConfiguration.edges)) var edges: Double?
  @Option(help: .setting(\RunConfiguration.alpha)) var alpha: Double?
  @Option(help: .setting(\RunConfiguration.alphaWarmUp)) var alphaWarmUp: Int?
  @Option(help: .setting(\RunConfiguration.contrast)) var contrast: Double?
  @Option(help: .setting(\RunConfiguration.crossCovariance)) var crossCovariance: Double?
  @Option(help: .setting(\RunConfiguration.crossCovarianceWarmUp)) var crossCovarianceWarmUp: Int?
  @Option(help: .setting(\RunConfiguration.adversary)) var adversary: AdversaryNetwork?
  @Option(help: .setting(\RunConfiguration.beta)) var beta: Double?
  @Option(help: .setting(\RunConfiguration.learningRate)) var learningRate: Double?
  @Option(help: .setting(\RunConfiguration.beta1)) var beta1: Double?
  @Flag(inversion: .prefixedNo, help: .setting(\RunConfiguration.cosine)) var cosine: Bool?
  @Option(help: .setting(\RunConfiguration.averageDecay)) var averageDecay: Double?
  @Option(help: .setting(\RunConfiguration.precision)) var precision: Precision?
  @Option(help: .setting(\RunConfiguration.seed)) var seed: UInt64?
  @Option(help: .setting(\RunConfiguration.saveEvery)) var saveEvery: Int?
  @Option(help: .setting(\RunConfiguration.logEvery)) var logEvery: Int?
  @Option(help: .setting(\RunConfiguration.keep)) var keep: Int?

  /// Names of the flags that were given.
  var given: [String] { given(of: RunConfiguration.self) }
}

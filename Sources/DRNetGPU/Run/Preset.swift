/// Named collections of settings for a training, each setting with its source.
///
/// Sources: "py" is edenton/drnet-py and "lua" edenton/drnet, the authors' code; "ap" is ap229997/DRNET, which cites
/// the paper for its networks; "ours" was measured here, see README.md. Bugs of the released code are fixed in all
/// presets.
public enum Preset: String, CaseIterable, Codable, Sendable {
  /// Two moving MNIST digits, as in the paper.
  case mnist
  /// Small NORB, as in the paper.
  case norb
  /// The SUNCG chairs, as in the paper.
  case suncg
  /// KTH actions at 64 px.
  case kth
  /// KTH actions at 128 px, as in the paper.
  case kth128
  /// One moving Fashion-MNIST object with small networks.
  case fashion
  /// The training of `make demo`.
  case demo
  /// Two digits of Moving MNIST.
  case movingMNIST = "moving-mnist"
  /// Characters and their actions.
  case sprites
  /// Chairs from all sides, made from packages.
  case chairs
  /// People who move in front of backgrounds, made from packages.
  case actors

  /// One setting.
  public struct Setting: Sendable {
    fileprivate enum Effect: Sendable {
      case main(@Sendable (inout RunConfiguration) -> Void)
      case pose(@Sendable (inout PoseConfiguration) -> Void)
    }

    /// Name of its flag of `drnet train` or `drnet train-pose`, without dashes.
    public let flag: String
    /// The value as text.
    public let value: String
    /// Where the value comes from.
    public let source: String
    fileprivate let effect: Effect

    /// Whether it is a setting of the pose LSTM, otherwise of the main model.
    public var isOfPose: Bool { if case .pose = effect { true } else { false } }

    fileprivate static func main<Value: Sendable>(
      _ path: any WritableKeyPath<RunConfiguration, Value> & Sendable, _ value: Value, _ source: String
    ) -> Setting {
      Setting(path, value, source) { .main($0) }
    }

    fileprivate static func pose<Value: Sendable>(
      _ path: any WritableKeyPath<PoseConfiguration, Value> & Sendable, _ value: Value, _ source: String
    ) -> Setting {
      Setting(path, value, source) { .pose($0) }
    }

    private init<Configuration: Configurable, Value: Sendable>(
      _ path: any WritableKeyPath<Configuration, Value> & Sendable, _ value: Value, _ source: String,
      effect: (@escaping @Sendable (inout Configuration) -> Void) -> Effect
    ) {
      let key = Configuration.setting(path)
      var configuration = Configuration()
      configuration[keyPath: path] = value
      flag = key.flag
      self.value = key.text(in: configuration)
      self.source = source
      self.effect = effect { $0[keyPath: path] = value }
    }
  }

  /// One line for the user.
  public var summary: String {
    switch self {
    case .mnist: "two moving digits in colour, dcgan networks"
    case .norb: "small NORB, resnet-18 encoders"
    case .suncg: "the chairs of SUNCG, resnet-18 encoders"
    case .kth: "KTH actions at 64 px, vgg with skips and resnet-18"
    case .kth128: "KTH actions at 128 px, vgg with skips and resnet-18"
    case .fashion: "one moving Fashion-MNIST object, small dcgan networks: the table of README.md"
    case .demo: "what make demo trains"
    case .movingMNIST: "two grey digits of Moving MNIST: docs/experiments/moving-mnist.md"
    case .sprites: "characters and their actions: docs/experiments/sprites.md"
    case .chairs: "chairs from all sides: docs/experiments/chairs.md"
    case .actors: "people who move in front of backgrounds: docs/experiments/actors.md"
    }
  }

  /// All settings of the preset, each flag once.
  public var settings: [Setting] {
    let listed = listed
    return listed.indices.filter { index in
      !listed[(index + 1)...].contains { $0.flag == listed[index].flag && $0.isOfPose == listed[index].isOfPose }
    }.map { listed[$0] }
  }

  /// All settings of the preset; if a flag occurs twice, the later one wins.
  private var listed: [Setting] {
    switch self {
    case .mnist:
      [
        .main(\.data, "mnist", "the data set of the paper's first experiments"),
        .main(\.objects, 2, "py utils.py: num_digits"),
      ] + Self.networks(.dcgan, .dcgan, .dcgan, "ap, citing the paper") + Self.released
    case .norb:
      Self.prepared + Self.networks(.resnet18, .resnet18, .dcgan, "ap, citing the paper") + Self.released
        + [.main(\.maxStep, 17, "ours: a turn has 18 azimuths")]
    case .suncg:
      Self.prepared + Self.networks(.resnet18, .resnet18, .dcgan, "ap, citing the paper") + Self.released
    case .kth: Self.prepared + Self.networks(.vgg, .resnet18, .vggUNet, "ap, citing the paper") + Self.released
    case .kth128:
      Preset.kth.listed + [.main(\.imageSize, 128, "lua README.md: the size of the paper's results")]
    case .fashion: Self.garment + Self.recipe(steps: 1516) + Self.smallPose
    case .demo: Self.garment + Self.recipe(steps: 8000) + Self.smallPose
    case .movingMNIST: Self.digits
    case .sprites: Self.characters
    case .chairs: Self.turns
    case .actors: Self.people
    }
  }

  /// Sets the preset's settings of the main model; other settings stay as they are.
  public func apply(to configuration: inout RunConfiguration) {
    for setting in settings { if case .main(let set) = setting.effect { set(&configuration) } }
    configuration.preset = self
  }

  /// If the preset's warm-up lasts for its whole training, sets the configuration's warm-up to its own number of steps.
  public func stretchWarmUp(of configuration: inout RunConfiguration) {
    let own = unchanged
    if own.alphaWarmUp == own.steps { configuration.alphaWarmUp = configuration.steps }
  }

  /// Sets the preset's settings of the pose LSTM. If the main model was trained with another batch size than the
  /// preset's, the pose LSTM takes that batch size, too.
  public func apply(to configuration: inout PoseConfiguration, after main: RunConfiguration) {
    for setting in settings { if case .pose(let set) = setting.effect { set(&configuration) } }
    if main.batchSize != unchanged.batchSize { configuration.batchSize = main.batchSize }
  }

  /// The main model's configuration with the preset's settings and otherwise defaults.
  private var unchanged: RunConfiguration {
    var configuration = RunConfiguration()
    apply(to: &configuration)
    return configuration
  }

  private static let prepared: [Setting] = [
    .main(\.data, "clips", "what drnet prepare has made of the data set's own files")
  ]

  private static func networks(
    _ content: EncoderNetwork, _ pose: EncoderNetwork, _ decoder: DecoderNetwork, _ source: String
  ) -> [Setting] {
    [
      .main(\.contentEncoder, content, source),
      .main(\.poseEncoder, pose, source), .main(\.decoder, decoder, source),
    ]
  }

  /// Sizes, losses and rates of the released code.
  private static let released: [Setting] = [
    .main(\.imageSize, 64, "py train_drnet.py: image_width"),
    .main(\.width, 64, "py models: nf"),
    .main(\.contentDim, 128, "py train_drnet.py"),
    .main(\.poseDim, 10, "py train_drnet.py"),
    .main(\.normalize, false, "py train_drnet.py"),
    .main(\.batchSize, 100, "py train_drnet.py"),
    .main(\.maxStep, 20, "py train_drnet.py"),
    .main(\.alpha, 1, "py train_drnet.py: the losses are added as they are"),
    .main(\.beta, 0.1, "ap; py train_drnet.py has 0.0001, lua train_drnet.lua 0"),
    .main(\.learningRate, 0.002, "py train_drnet.py"),
    .main(\.beta1, 0.5, "lua train_drnet_skip.lua"),
    .main(\.steps, 120_000, "py train_drnet.py: niter times epoch_size"),
    .pose(\.rnnSize, 256, "lua train_lstm.lua"),
    .pose(\.rnnLayers, 2, "lua train_lstm.lua"),
    .pose(\.nPast, 10, "py train_lstm.py"),
    .pose(\.nFuture, 10, "py train_lstm.py"),
    .pose(\.batchSize, 100, "py train_lstm.py"),
    .pose(\.learningRate, 0.0002, "py train_lstm.py"),
    .pose(\.beta1, 0.9, "py train_lstm.py"),
    .pose(\.steps, 120_000, "py train_lstm.py: niter times epoch_size"),
  ]

  private static let garment: [Setting] = [
    .main(\.data, "fashion", "ours: real images that Debian has as a package"),
    .main(\.objects, 1, "ours: README.md, What it reaches"),
  ]

  /// What learns most in minutes without a GPU.
  private static func recipe(steps: Int) -> [Setting] {
    let (measured, recipe) = ("ours: README.md, What it reaches", "ours: docs/recipe.md")
    return [.main(\.imageSize, 64, measured)] + networks(.dcgan, .dcgan, .spatial, recipe) + [
      .main(\.contentHead, .pooled, recipe), .main(\.poseHead, .profiles, recipe), .main(\.poseNorm, .running, recipe),
      .main(\.adversary, .content, recipe),
      .main(\.width, 16, measured), .main(\.contentDim, 64, measured),
      .main(\.poseDim, 5, "ap"), .main(\.normalize, false, "py train_drnet.py"),
      .main(\.batchSize, 32, measured), .main(\.maxStep, 30, recipe),
      .main(\.alpha, 0.3, recipe), .main(\.alphaWarmUp, steps, recipe), .main(\.contrast, 0.03, recipe),
      .main(\.crossCovariance, 0.03, recipe), .main(\.crossCovarianceWarmUp, 3032, recipe),
      .main(\.beta, 0.1, recipe), .main(\.learningRate, 0.002, "py train_drnet.py"),
      .main(\.beta1, 0.5, "lua train_drnet_skip.lua"), .main(\.averageDecay, 0.995, recipe),
      .main(\.steps, steps, measured),
    ]
  }

  private static let digits: [Setting] = {
    let page = "ours: docs/experiments/moving-mnist.md"
    return [
      .main(\.data, "moving-mnist", "the field's own form of these clips"), .main(\.objects, 2, "as published"),
    ] + recipe(steps: 12_500) + [
      .main(\.poseHead, .convolution, page), .main(\.contentDim, 128, page), .main(\.poseDim, 8, page),
    ] + smallPose + [.pose(\.nPast, 5, "as published")]
  }()

  private static let characters: [Setting] = {
    let page = "ours: docs/experiments/sprites.md"
    return prepared + recipe(steps: 8000) + [
      .main(\.scene, .folder, page), .main(\.decoder, .dcgan, page), .main(\.poseHead, .convolution, page),
      .main(\.poseDim, 10, page),
    ] + smallPose + [
      .pose(\.nPast, 4, "half of a clip of 8 frames"), .pose(\.nFuture, 4, "half of a clip of 8 frames"),
    ]
  }()

  private static let turns: [Setting] = {
    let page = "ours: docs/experiments/chairs.md"
    return prepared + recipe(steps: 8000) + [
      .main(\.decoder, .dcgan, page), .main(\.poseHead, .convolution, page), .main(\.poseDim, 10, page),
    ] + smallPose + [.pose(\.nPast, 6, page), .pose(\.nFuture, 30, page), .pose(\.steps, 2000, page)]
  }()

  private static let people: [Setting] = {
    let page = "ours: docs/experiments/actors.md"
    return prepared + recipe(steps: 8000) + networks(.dcgan, .dcgan, .dcganUNet, page) + [
      .main(\.contentHead, .convolution, page), .main(\.poseHead, .convolution, page),
      .main(\.poseNorm, .batch, page), .main(\.poseDim, 16, page), .main(\.maxStep, 70, page),
      .main(\.edges, 0.01, page), .main(\.alpha, 0.03, page), .main(\.beta, 0.0005, page), .main(\.contrast, 0, page),
      .main(\.crossCovariance, 0, page),
    ] + smallPose + [.pose(\.nPast, 10, page), .pose(\.nFuture, 40, page), .pose(\.steps, 2000, page)]
  }()

  private static let smallPose: [Setting] = [
    .pose(\.rnnSize, 128, "ours: docs/predicting.md"),
    .pose(\.rnnLayers, 2, "lua train_lstm.lua"),
    .pose(\.freeRunning, 1, "ours: docs/predicting.md"),
    .pose(\.attention, true, "ours: docs/predicting.md"),
    .pose(\.nPast, 10, "py train_lstm.py"),
    .pose(\.nFuture, 20, "ours: docs/predicting.md"),
    .pose(\.encodedClips, 12_000, "ours: docs/predicting.md"),
    .pose(\.batchSize, 32, "ours: README.md, What it reaches"),
    .pose(\.learningRate, 0.003, "ours: with a cosine, for 7,000 steps"),
    .pose(\.beta1, 0.9, "py train_lstm.py"),
    .pose(\.cosine, true, "ours: with the higher rate"),
    .pose(\.steps, 7000, "ours: what minutes allow"),
  ]
}

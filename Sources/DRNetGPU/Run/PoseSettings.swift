/// The table of the pose LSTM's settings.
extension PoseConfiguration: Configurable {
  public static let settings: [SettingKey<Self>] = [
    SettingKey(
      "weights", \.weights, absent: "average, if one is kept",
      help: "Weights of the main model to encode clips with: average or trained."),
    SettingKey("rnn-size", \.rnnSize, .whole(1...65_536), help: "Size of the LSTM's hidden state."),
    SettingKey("rnn-layers", \.rnnLayers, .whole(1...64), help: "Number of stacked LSTM layers."),
    SettingKey("n-past", \.nPast, .whole(1...1_000_000), help: "Frames to observe."),
    SettingKey("n-future", \.nFuture, .whole(1...1_000_000), help: "Frames to predict."),
    SettingKey(
      "residual", \.residual, absent: "false", help: "Predict the difference from the current pose, not the next pose."),
    SettingKey(
      "attention", \.attention, absent: "false", help: "Attend to the LSTM's states at the observed frames."),
    SettingKey(
      "normalize", \.normalize, absent: "false",
      help: "Scale predicted poses to unit length, which those of a main model with --normalize have."),
    SettingKey(
      "pose-noise", \.poseNoise, .weight, absent: "none",
      help: "Noise on true poses in training: its standard deviation as a share of that of the poses."),
    SettingKey(
      "free-running", \.freeRunning, .share, absent: "none",
      help: "Share of the predicted frames after the first, the last ones, that train on the LSTM's own predictions."),
    // The encoders are frozen, so a batch of one is valid.
    SettingKey(
      "batch-size", \.batchSize, .whole(1...65_536), default: "the main model's", help: "Clips per batch."),
    SettingKey(
      "encoded-clips", \.encodedClips, .whole(1...100_000_000), absent: "new clips at every step",
      help: "Clips to train on again and again, which are encoded once."),
    SettingKey("learning-rate", \.learningRate, .rate, help: "Learning rate of Adam."),
    SettingKey("beta1", \.beta1, .decay, help: "Decay of Adam's first moment."),
    SettingKey("cosine", \.cosine, help: "Cosine learning-rate schedule, down to zero."),
    SettingKey("steps", \.steps, .whole(1...1_000_000_000), help: "Total training steps."),
    SettingKey("seed", \.seed, default: "the main model's", help: "Seed of all random numbers."),
    SettingKey("save-every", \.saveEvery, .whole(1...1_000_000_000), help: "Steps between checkpoints."),
    SettingKey("log-every", \.logEvery, .whole(1...1_000_000_000), help: "Steps between rows of metrics."),
    SettingKey("keep", \.keep, .whole(1...1_000_000), help: "Checkpoints to keep."),
  ]
}

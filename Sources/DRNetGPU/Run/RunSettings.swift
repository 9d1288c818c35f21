/// The table of the main model's settings.
extension RunConfiguration: Configurable {
  public static let settings: [SettingKey<Self>] = data + networks + losses + schedule

  private static let data: [SettingKey<Self>] = [
    SettingKey(
      "preset", \.preset, absent: "none", help: "Initial settings, which other flags override; see drnet presets."),
    SettingKey(
      "data", \.data, AcceptedValues("the name of a clip source") { !$0.isEmpty },
      help:
        "Clips: embedded (synthetic), fashion, mnist, moving-mnist, frames (own PNGs), or clips (from drnet prepare)."),
    SettingKey(
      "data-root", \.dataRoot, absent: "none",
      help: "Path of the data: folder of IDX files, folder of folders of PNG frames, or file of prepared clips."),
    SettingKey("objects", \.objects, .whole(1...3), help: "Moving objects per frame: 1 to 3, in different colours."),
    SettingKey(
      "grey", \.grey, absent: "as in the data",
      help: "Greyscale frames (one channel); of moving objects, the last one still covers the others."),
    SettingKey(
      "image-size", \.imageSize, AcceptedValues("64 or 128") { DRNet.imageSizes.contains($0) },
      help: "Height and width of the frames in pixels: 64 or 128."),
    SettingKey(
      "channels", \.channels, AcceptedValues("1 (grey) or 3 (colour)") { $0 == 1 || $0 == 3 }, isReadFromData: true,
      help: "Channels of a frame, 1 or 3."),
  ]

  private static let networks: [SettingKey<Self>] = [
    SettingKey(
      "init", \.`init`, absent: "fresh weights",
      help: "File of weights to begin with, which decide networks and sizes: a checkpoint, or converted from drnet-py."),
    SettingKey(
      "content-encoder", \.contentEncoder, absent: "dcgan", help: "Content encoder (h_c): dcgan, vgg or resnet18."),
    SettingKey("pose-encoder", \.poseEncoder, absent: "dcgan", help: "Pose encoder (h_p): dcgan, vgg or resnet18."),
    SettingKey(
      "decoder", \.decoder, absent: "dcgan",
      help: "dcgan; dcgan-unet or vgg-unet, with skip connections from the content encoder of that name; or spatial."),
    SettingKey(
      "content-head", \.contentHead, absent: "convolution",
      help: "Last layer of the content encoder: convolution over its map, or pooled, over the map's mean."),
    SettingKey(
      "pose-head", \.poseHead, absent: "convolution",
      help: "Last layer of the pose encoder: convolution, pooled, or profiles, over the maxima of rows and columns."),
    SettingKey(
      "pose-norm", \.poseNorm, absent: "batch",
      help:
        "Statistics that h_p is normalised with in training: batch, or running, which do not vary from batch to batch."),
    SettingKey(
      "width", \.width, .whole(1...4096),
      help: "Filters of the first layer; later layers have 2, 4 and 8 times as many."),
    SettingKey("content-dim", \.contentDim, .whole(1...65_536), help: "Length of the content vector h_c."),
    SettingKey("pose-dim", \.poseDim, .whole(1...65_536), help: "Length of the pose vector h_p."),
    SettingKey("normalize", \.normalize, help: "Scale h_p to unit length."),
  ]

  private static let losses: [SettingKey<Self>] = [
    SettingKey(
      "batch-size", \.batchSize,
      .whole(2...65_536, since: "batch norm and pairs of different clips need more than one clip"),
      help: "Clips per batch."),
    SettingKey(
      "max-step", \.maxStep, .whole(3...1_000_000, since: "a clip gives three different offsets"),
      help: "Maximum distance in frames between two training frames of a clip."),
    SettingKey(
      "scene", \.scene, absent: "clip",
      help: "What shows the same content throughout: clip, or folder, all prepared clips of a folder."),
    SettingKey(
      "edges", \.edges, .weight, absent: "off",
      help:
        "Weight of the error of differences of neighbouring pixels, which keeps grids and noise out of decoded frames."),
    SettingKey("alpha", \.alpha, .weight, help: "Weight of the similarity loss."),
    SettingKey(
      "alpha-warm-up", \.alphaWarmUp, .whole(1...1_000_000_000), absent: "off",
      help: "Steps over which alpha rises from 0; prevents the content from collapsing to a constant."),
    SettingKey(
      "contrast", \.contrast, .weight, absent: "off",
      help: "Weight of InfoNCE, by which the content of a clip differs from that of the others in the batch."),
    SettingKey(
      "cross-covariance", \.crossCovariance, .weight, absent: "off",
      help: "Weight of the covariance of content and pose, by which the mean pose of all contents becomes the same."),
    SettingKey(
      "cross-covariance-warm-up", \.crossCovarianceWarmUp, .whole(1...1_000_000_000), absent: "off",
      help: "Steps over which the weight of the cross-covariance rises from 0."),
    SettingKey(
      "adversary", \.adversary, absent: "scene",
      help: "Adversary of the pose encoder: scene (two poses of one clip?) or content (which content?)."),
    SettingKey("beta", \.beta, .weight, help: "Weight of the adversarial loss."),
  ]

  private static let schedule: [SettingKey<Self>] = [
    SettingKey("learning-rate", \.learningRate, .rate, help: "Learning rate of Adam."),
    SettingKey("beta1", \.beta1, .decay, help: "Decay of Adam's first moment."),
    SettingKey("cosine", \.cosine, help: "Cosine learning-rate schedule, down to zero."),
    SettingKey(
      "average-decay", \.averageDecay, .decay, absent: "off",
      help: "Decay of the moving average of the weights, which is used for everything except training."),
    SettingKey(
      "precision", \.precision, absent: "float",
      help: "float (float32), or mixed: GPUs store feature maps as float16, in half the memory."),
    SettingKey("steps", \.steps, .whole(1...1_000_000_000), help: "Total training steps."),
    SettingKey("seed", \.seed, help: "Seed of all random numbers."),
    SettingKey("save-every", \.saveEvery, .whole(1...1_000_000_000), help: "Steps between checkpoints."),
    SettingKey("log-every", \.logEvery, .whole(1...1_000_000_000), help: "Steps between rows of metrics."),
    SettingKey("keep", \.keep, .whole(1...1_000_000), help: "Checkpoints to keep."),
  ]
}

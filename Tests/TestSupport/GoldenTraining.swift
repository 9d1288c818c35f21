import Foundation
import Testing

@testable import DRNetGPU
@testable import TensorEngine

/// Ten whole steps of a trainer beside PyTorch's.
public struct GoldenTraining {
  /// Largest relative difference of any loss, step by step; of the main model, beyond `deviations` times PyTorch's own.
  public private(set) var lossDifferences: [Double] = []
  /// Largest difference of each gradient of the first step and of each final or averaged value, as a share of the
  /// largest element.
  public private(set) var tensorDifferences: [(name: String, share: Double)] = []

  /// Relative difference of losses that is allowed at a step, counted from 1.
  ///
  /// PyTorch's own float32 differs from its float64 by up to 1e-3 at the tenth step: each step multiplies what the
  /// roundings of the steps before left.
  public static func lossTolerance(step: Int) -> Double { step <= 3 ? 1e-5 : step <= 6 ? 1e-4 : 2e-3 }

  /// PyTorch's float32 deviates from its float64 by the largest of five runs that the file holds; another program may by
  /// three times as much. From the second step on, Adam turns gradients that are little more than roundings into steps of
  /// full length, so that this is above the tolerance for the content predictor.
  private static let deviations = 3.0

  /// Difference of gradients of the first step, of final statistics and of averages that is allowed, as a share of the
  /// largest element.
  public static let tensorTolerance = 1e-3

  struct MainSettings: Decodable {
    var width: Int
    var contentDim: Int
    var poseDim: Int
    var channels: Int
    var batchSize: Int
    var learningRate: Float
    var beta1: Double
    var alpha: Float
    var beta: Float
    var edges: Float?
    var contrast: Float?
    var crossCovariance: Float?
    var contentHead: HeadNetwork?
    var poseHead: HeadNetwork?
    var poseNorm: HeadNorm?
    var adversary: AdversaryNetwork?
    var averageDecay: Double?
  }

  /// Ten steps of the main model.
  /// - Parameter name: `main_training`, or `content_training` with what the authors' release has not.
  public static func main(_ name: String = "main_training", on backend: any Backend) throws -> GoldenTraining {
    let file = try Golden.file(name)
    let settings = try JSONDecoder().decode(MainSettings.self, from: Data((file.metadata["main"] ?? "").utf8))
    let model = try DRNet(
      DRNet.Sizes(
        channels: settings.channels, width: settings.width, contentDim: settings.contentDim, poseDim: settings.poseDim,
        normalise: false, contentHead: settings.contentHead ?? .convolution,
        poseHead: settings.poseHead ?? .convolution, poseNorm: settings.poseNorm ?? .batch,
        adversary: settings.adversary ?? .scene),
      on: backend)
    for (name, parameter) in model.namedParameters {
      try backend.upload(file.tensor("initial/" + name, parameter.type.shape), to: parameter.tensor)
    }
    var training = DRNetTrainer.Settings()
    training.alpha = LossWeight(settings.alpha)
    training.beta = settings.beta
    training.edges = settings.edges ?? 0
    training.contrast = settings.contrast ?? 0
    training.crossCovariance = LossWeight(settings.crossCovariance ?? 0)
    training.learningRate = settings.learningRate
    training.beta1 = settings.beta1
    training.averageDecay = settings.averageDecay
    let trainer = try DRNetTrainer(model, settings: training, batchSize: settings.batchSize, on: backend)
    trainer.keepsGradients = true
    var result = GoldenTraining()
    func frames(_ batch: Int) throws -> [HostTensor] {
      guard let bytes = file.integers["frames.\(batch)"] else { throw GoldenError(description: "no frames") }
      let size = bytes.shape.count / 4
      let shape = Shape(Array(bytes.shape.extents.dropFirst()))
      return (0..<4).map { frame in
        HostTensor(shape, bytes.values[frame * size..<(frame + 1) * size].map { Float($0) / 255 })
      }
    }
    for step in 0..<10 {
      try trainer.step(Array(frames(step % 3).prefix(model.sizes.adversary.framesPerClip)))
      if step == 0 {
        for (name, parameter) in model.namedParameters where parameter.kind == .weight {
          try result.compare(name, trainer.gradient(of: parameter), file.tensor("grad/" + name))
        }
      }
    }
    let names = ["discriminator": "sceneDiscriminator", "discriminatorAccuracy": "sceneAccuracy"]
    for losses in try trainer.collectLosses() {
      let differences = try losses.names.enumerated().map { index, loss in
        func value(_ kind: String) throws -> Double {
          try Double(file.tensor(kind + names[loss, default: loss]).values[losses.step - 1])
        }
        let expected = try value("loss.")
        let difference = try abs(Double(losses.values[index]) - expected) - deviations * value("deviation.")
        return max(difference, 0) / max(abs(expected), 1e-6)
      }
      result.lossDifferences.append(differences.max()!)
    }
    for (name, parameter) in model.namedParameters where parameter.kind == .statistic {
      try result.compare("final " + name, backend.download(parameter.tensor), file.tensor("final/" + name))
    }
    guard settings.averageDecay != nil else { return result }
    var batches = try (0..<3).map(frames).makeIterator()
    let replays = try backend.prepare([trainer.statistics.schedule, trainer.statistics.poseSchedule])
    try trainer.measureStatistics(
      batches: StatisticsBatches(networks: 3, pose: 3), running: (networks: replays[0], pose: replays[1])
    ) {
      batches.next().map { [$0[0], $0[2]] } ?? []
    }
    let checkpoint = try trainer.checkpoint().file()
    for (name, parameter) in model.namedParameters {
      // Adam moves a weight by a learning rate even if its gradient is a rounding error, which may have either sign: a
      // bias that began at 0 then differs by two of them (0.0005 each), however small it is.
      try result.compare(
        "average " + name, checkpoint[name], file.tensor("average/" + name),
        atLeast: parameter.kind == .statistic ? nil : 2 * settings.learningRate / Float(Self.tensorTolerance))
    }
    return result
  }

  struct PoseSettings: Decodable {
    var contentDim: Int
    var poseDim: Int
    var rnnSize: Int
    var rnnLayers: Int
    var learningRate: Float
    var beta1: Double
    var nPast: Int
    var residual: Bool?
    var attention: Bool?
    var freeSteps: Int?
  }

  /// The golden files of the pose LSTM's training.
  public static let poseFiles = ["pose_training", "free_pose_training", "attention_pose_training"]

  public static func pose(_ name: String, on backend: any Backend) throws -> GoldenTraining {
    let file = try Golden.file(name)
    let settings = try JSONDecoder().decode(PoseSettings.self, from: Data((file.metadata["pose"] ?? "").utf8))
    let lstm = try PoseLSTM(
      poseDim: settings.poseDim, contentDim: settings.contentDim, rnnSize: settings.rnnSize,
      rnnLayers: settings.rnnLayers, residual: settings.residual ?? false,
      attention: settings.attention ?? false, on: backend)
    for (name, parameter) in lstm.namedParameters {
      try backend.upload(file.tensor("initial/" + name, parameter.type.shape), to: parameter.tensor)
    }
    var training = PoseTrainer.Settings()
    training.learningRate = settings.learningRate
    training.beta1 = settings.beta1
    training.observed = settings.nPast
    training.freeSteps = settings.freeSteps ?? 0
    let (count, clips) = try { ($0.shape[0], $0.shape[1]) }(file.tensor("poses.0"))
    let input = PoseTrainer.Input.features(
      clips: clips, frames: count, poseDim: settings.poseDim, contentDim: settings.contentDim)
    let trainer = try PoseTrainer(lstm, settings: training, input: input, on: backend)
    trainer.keepsGradients = true
    var result = GoldenTraining()
    for step in 0..<10 {
      let poses = try file.tensor("poses.\(step % 3)")
      let perFrame = (0..<count).map { poses.rows($0..<$0 + 1).reshaped([poses.shape[1], poses.shape[2]]) }
      try trainer.step(perFrame + [file.tensor("content.\(step % 3)")])
      if step == 0 {
        for (name, parameter) in lstm.namedParameters {
          try result.compare(name, trainer.gradient(of: parameter), file.tensor("grad/" + name))
        }
      }
    }
    let expected = try file.tensor("loss.prediction").values
    result.lossDifferences = try trainer.collectLosses().map {
      abs(Double($0.values[0]) - Double(expected[$0.step - 1])) / Double(expected[$0.step - 1])
    }
    for (name, parameter) in lstm.namedParameters {
      try result.compare("final " + name, backend.download(parameter.tensor), file.tensor("final/" + name))
    }
    return result
  }

  /// Records a failure of the running test for everything beyond its tolerance.
  public func expectWithinTolerance() {
    #expect(lossDifferences.count == 10)
    for (index, difference) in lossDifferences.enumerated() {
      #expect(difference <= Self.lossTolerance(step: index + 1), "losses of step \(index + 1)")
    }
    for (name, share) in tensorDifferences {
      #expect(share <= Self.tensorTolerance, "\(name): \(share) of its largest element")
    }
  }

  /// - Parameter scale: differences are a share of at least this; nil for the largest element.
  private mutating func compare(
    _ name: String, _ found: HostTensor?, _ expected: HostTensor, atLeast scale: Float? = nil
  ) throws {
    guard let found else { throw GoldenError(description: "\(name) has no gradient") }
    let largest = expected.values.reduce(scale ?? 1e-7) { max($0, abs($1)) }
    let difference = zip(found.values, expected.values).reduce(0.0) { worst, pair in
      let difference = abs(Double(pair.0) - Double(pair.1))
      return difference.isNaN ? .infinity : max(worst, difference)
    }
    tensorDifferences.append((name, difference / Double(largest)))
  }
}

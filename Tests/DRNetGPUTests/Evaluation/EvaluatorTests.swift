import Foundation
import Testing

@testable import DRNetGPU
@testable import TensorEngine

@Suite("What a model has learnt")
struct EvaluatorTests {
  /// Clips of flat frames: one level for each of two classes, or for what moves.
  private struct FlatClips: LabelledSource {
    var channels: Int { 1 }
    var imageSize: Int { 64 }
    var summary: String { "flat" }
    var classNames: [String] = ["dark", "light"]
    var factorName: String? = "level"
    func clipCount(_ split: Split) -> Int? { split == .heldOut ? 5 : 20 }
    func drawClip(_ split: Split, length: Int, random: inout CounterRandom) -> Float { random.uniform() }
    func render(_ clip: Float, frame index: Int, into pixels: UnsafeMutableBufferPointer<Float>) {
      pixels.update(repeating: clip)
    }
    func labels(of clip: Float) -> [Int] { [clip < 0.5 ? 0 : 1] }
    func factors(of clip: Float, frame index: Int) -> [Float] { [clip] }
  }

  private let backend = CPUBackend()

  private func extractor(channels: Int) throws -> FeatureExtractor {
    let model = try DRNet(
      DRNet.Sizes(channels: channels, width: 2, contentDim: 6, poseDim: 3, normalise: false), on: backend)
    try model.initialise(seed: 1, on: backend)
    return FeatureExtractor(model, on: backend)
  }

  private func evaluator(channels: Int) throws -> Evaluator {
    var evaluator = Evaluator(try extractor(channels: channels))
    (evaluator.trainingClips, evaluator.heldOutClips) = (60, 12)
    return evaluator
  }

  @Test("Of moving objects everything is known")
  func movingObjects() throws {
    let source = try MovingObjects(EmbeddedSprites())
    let evaluation = try evaluator(channels: source.channels).evaluate(source)
    #expect(
      evaluation.classChance == 0.1 && evaluation.contentClassAccuracy != nil && evaluation.factorName == "position")
    #expect(evaluation.poseFactorR2 != nil && evaluation.contentFactorR2 != nil)
    #expect(evaluation.swapPSNR! < evaluation.blackPSNR!)
    #expect(evaluation.trainingClips == 60 && evaluation.heldOutSet == nil)
    #expect(
      evaluation.table.map { $0[0] }.dropFirst().elementsEqual([
        "class, accuracy", "position, R2", "reconstruction, PSNR dB", "reconstruction, SSIM", "swap, PSNR dB",
      ]))
    #expect(evaluation.setting.contains("probes fitted on 60 training clips, measured on 12 held-out clips, seed 7"))
  }

  @Test("Probes need classes or something that moves, swaps the true composite")
  func labelled() throws {
    let evaluator = try evaluator(channels: 1)
    let evaluation = try evaluator.evaluate(FlatClips())
    #expect(evaluation.classChance == 0.5 && evaluation.factorName == "level")
    // By the protocol's own words: first frames, one set of clips to fit, another to test.
    func clips(_ split: Split, _ count: Int) throws -> (levels: [Float], features: HostTensor) {
      let levels = try FlatClips().clips(
        step: split == .training ? 0 : 1, size: count, length: 2, split: split, seed: 7, purpose: .probes)
      return (levels, try evaluator.extractor.encode(FlatClips().frames(of: levels, at: 0)).content)
    }
    let (fitted, tested) = (try clips(.training, 60), try clips(.heldOut, 12))
    func probe(_ targets: Shape, _ values: [Float]) -> HostTensor {
      RidgeProbe(features: fitted.features, targets: HostTensor(targets, values)).predict(tested.features)
    }
    let scores = probe([60, 2], fitted.levels.flatMap { $0 < 0.5 ? [1, 0] : [0, 1] })
    #expect(evaluation.contentClassAccuracy == accuracy(scores: scores, labels: tested.levels.map { $0 < 0.5 ? 0 : 1 }))
    let share = determination(
      predicted: probe([60, 1], fitted.levels), actual: HostTensor([12, 1], tested.levels))
    #expect(evaluation.contentFactorR2 == share)
    #expect(evaluation.swapPSNR == nil && evaluation.heldOutSet == 5)
    #expect(evaluation.table.contains { $0[0] == "level, R2" })

    let classes = try evaluator.evaluate(FlatClips(factorName: nil))
    #expect(classes.contentClassAccuracy == evaluation.contentClassAccuracy && classes.poseFactorR2 == nil)
    #expect(classes.table.map { $0[0] } == ["", "class, accuracy", "reconstruction, PSNR dB", "reconstruction, SSIM"])

    let nothing = try evaluator.evaluate(FlatClips(classNames: [], factorName: nil))
    #expect(nothing.trainingClips == nil && nothing.table[0] == ["", "mean"])
    #expect(nothing.reconstructionPSNR == evaluation.reconstructionPSNR)
    #expect(nothing.setting.hasSuffix("measured on 12 held-out clips drawn from 5, seed 7"))
  }

  @Test("A factor that does not vary has no R2")
  func constantFactor() throws {
    struct Still: LabelledSource {
      var (channels, imageSize, summary, classNames) = (1, 64, "still", [String]())
      var factorName: String? { "nothing" }
      func clipCount(_ split: Split) -> Int? { 1 }
      func drawClip(_ split: Split, length: Int, random: inout CounterRandom) -> Int { 0 }
      func render(_ clip: Int, frame index: Int, into pixels: UnsafeMutableBufferPointer<Float>) {
        pixels.update(repeating: 0.25)
      }
      func labels(of clip: Int) -> [Int] { [] }
      func factors(of clip: Int, frame index: Int) -> [Float] { [1] }
    }
    let evaluation = try evaluator(channels: 1).evaluate(Still())
    #expect(evaluation.poseFactorR2 == nil && evaluation.contentFactorR2 == nil)
    _ = try JSONEncoder().encode(evaluation)
  }

  @Test("An evaluation of before SSIM and prediction still loads")
  func oldFile() throws {
    let text = """
      {"blackPSNR": 17.6, "classChance": 0.1, "contentClassAccuracy": 0.13, "contentPositionR2": 0.47, "frames": 80,
       "heldOutClips": 150, "poseClassAccuracy": 0.11, "posePositionR2": 0.63, "reconstructionPSNR": 6.5, "seed": 7,
       "step": 20, "swapPSNR": 6.4, "trainingClips": 300}
      """
    let evaluation = try JSONDecoder().decode(Evaluation.self, from: Data(text.utf8))
    #expect(evaluation.prediction == nil && evaluation.reconstructionSSIM == nil)
    #expect(
      evaluation.factorName == "position" && evaluation.poseFactorR2 == 0.63 && evaluation.contentFactorR2 == 0.47)
    #expect(
      evaluation.table == [
        ["", "from content h_c", "from pose h_p", "chance"], ["class, accuracy", "0.13", "0.11", "0.10"],
        ["position, R2", "0.47", "0.63", "0.00"], ["reconstruction, PSNR dB", "6.5", "", ""],
        ["swap, PSNR dB", "6.4", "", "17.6 (black)"],
      ])
    #expect(
      evaluation.setting
        == "80 frames trained; probes fitted on 300 training clips, measured on 150 held-out clips, seed 7")
  }
  @Test("An evaluation of an azimuth keeps its name under the old keys, and is written under the new ones")
  func oldFactor() throws {
    let text = """
      {"contentPositionR2": -0.02, "factorName": "azimuth", "frames": 80, "heldOutClips": 150, "posePositionR2": 0.81,
       "reconstructionPSNR": 20.5, "seed": 7, "step": 20, "trainingClips": 300}
      """
    let evaluation = try JSONDecoder().decode(Evaluation.self, from: Data(text.utf8))
    #expect(
      evaluation.factorName == "azimuth" && evaluation.poseFactorR2 == 0.81 && evaluation.contentFactorR2 == -0.02)
    let written = try JSONEncoder().encode(evaluation)
    #expect(try JSONDecoder().decode(Evaluation.self, from: written) == evaluation)
    let names = String(decoding: written, as: UTF8.self)
    #expect(names.contains("poseFactorR2") && names.contains("contentFactorR2") && !names.contains("PositionR2"))
  }

  @Test("Without a factor there is no name")
  func noFactor() throws {
    let text = """
      {"frames": 80, "heldOutClips": 150, "reconstructionPSNR": 20.5, "seed": 7, "step": 20}
      """
    #expect(try JSONDecoder().decode(Evaluation.self, from: Data(text.utf8)).factorName == nil)
  }
}

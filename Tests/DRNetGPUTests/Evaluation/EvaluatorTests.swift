import Files
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
    var classes = [ClipClass("class", ["dark", "light"])]
    var factors = [ClipFactor("level", size: 1)]
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

  private func names(_ tables: [MeasureTable]) -> [[String]] { tables.map { $0.rows.map { $0[0] } } }

  @Test("Of moving objects everything is known")
  func movingObjects() throws {
    let source = try MovingObjects(EmbeddedSprites())
    let evaluation = try evaluator(channels: source.channels).evaluate(source)
    #expect(
      evaluation.probes.readings.map(\.factor) == ["class", "class", "class", "position", "position", "position"])
    #expect(evaluation.probes.readings.map(\.kind) == [.linear, .mlp, .neighbours, .linear, .mlp, .neighbours])
    #expect(evaluation.probes.readings.allSatisfy { ($0.contentPenalty != nil) == ($0.kind == .linear) })
    #expect(evaluation.swapPSNR! < evaluation.blackPSNR! && evaluation.swapSSIM! < 1)
    #expect(evaluation.swapLoss == evaluation.reconstructionPSNR - evaluation.swapPSNR!)
    // The mean of errors is at least that of their mean PSNR (Jensen).
    #expect(evaluation.swapMSE! > pow(10, -evaluation.swapPSNR! / 10))
    #expect(evaluation.reconstructionMSE! > pow(10, -evaluation.reconstructionPSNR / 10))
    let sharpness = [
      evaluation.reconstructionSharpness, evaluation.trainingReconstructionSharpness, evaluation.swapSharpness,
    ]
    // An untrained decoder gives flat frames.
    #expect(sharpness.allSatisfy { $0! < 0.01 })
    #expect(evaluation.trainingClips == 60 && evaluation.heldOutSet == nil && evaluation.sceneLeak?.maxStep == 11)
    #expect(
      names(evaluation.featureTables) == [
        [
          "", "class accuracy, linear", "class accuracy, MLP", "class accuracy, 10 neighbours", "position R2, linear",
          "position R2, MLP", "position R2, 10 neighbours", "fresh scene discriminator",
        ],
        [
          "", "spread, mean of dimensions", "spread, smallest", "spread, largest", "effective directions",
        ],
        ["MIG", evaluation.featureTables[2].rows[1][0]],
      ])
    #expect(
      evaluation.frameTable.rows.map { $0[0] } == [
        "", "reconstruction", "reconstruction of training clips", "swap", "reconstruction less swap",
        "black frame in place of a swap",
      ])
    #expect(evaluation.setting.contains("probes fitted on 60 training clips, measured on 12 held-out clips, seed 7"))
    for table in evaluation.featureTables + [evaluation.frameTable] {
      let widths = table.rows[0].indices.map { column in table.rows.map { $0[column].count }.max()! }
      #expect(widths.reduce(2 * (widths.count - 1), +) <= 80, "\(table.rows)")
    }
    // Each measure of the tables says how it was taken, and so does the file.
    let noted = (evaluation.featureTables + [evaluation.frameTable]).flatMap { $0.notes.map { $0[0] } }
    #expect(Set(noted) == Set(evaluation.protocols.keys) && noted.count == 15)
    let written = try JSONEncoder().encode(evaluation)
    #expect(try JSONDecoder().decode(Evaluation.self, from: written) == evaluation)
    let json = try JSONValue(parsing: written)
    #expect(json["probes"]?["position"]?["mlp"]?["pose"] != nil)
  }

  @Test("Each object has a class")
  func objects() throws {
    let source = try MovingObjects(EmbeddedSprites(), objects: 2)
    let evaluation = try evaluator(channels: source.channels).evaluate(source)
    #expect(Set(evaluation.probes.readings.map(\.factor)) == ["class 1", "class 2", "position"])
  }

  @Test("Probes need classes or something that moves, swaps the true composite")
  func labelled() throws {
    let evaluator = try evaluator(channels: 1)
    let evaluation = try evaluator.evaluate(FlatClips())
    // By the protocol's own words: first frames, one set of clips to fit, another to test, standardised by the first.
    func clips(_ split: Split, _ count: Int) throws -> (levels: [Float], features: HostTensor) {
      let levels = try FlatClips().clips(
        step: split == .training ? 0 : 1, size: count, length: 12, split: split, seed: 7, purpose: .probes)
      return (levels, try evaluator.extractor.encode(FlatClips().frames(of: levels, at: 0)).content)
    }
    let (fitted, tested) = (try clips(.training, 60), try clips(.heldOut, 12))
    let scale = ColumnScale(fitted.features)
    func probe(_ targets: Shape, _ values: [Float]) -> HostTensor {
      RidgeProbe(features: scale.standardise(fitted.features), targets: HostTensor(targets, values))
        .predict(scale.standardise(tested.features))
    }
    let scores = probe([60, 2], fitted.levels.flatMap { $0 < 0.5 ? [1, 0] : [0, 1] })
    #expect(
      evaluation.probes["class", .linear]?.content
        == accuracy(scores: scores, labels: tested.levels.map { $0 < 0.5 ? 0 : 1 }))
    let share = determination(
      predicted: probe([60, 1], fitted.levels), actual: HostTensor([12, 1], tested.levels))
    #expect(evaluation.probes["level", .linear]?.content == share)
    #expect(evaluation.swapPSNR == nil && evaluation.swapLoss == nil && evaluation.heldOutSet == 5)
    // Flat frames have no gradient to compare with.
    #expect(evaluation.reconstructionSharpness == nil)

    let classes = try evaluator.evaluate(FlatClips(factors: []))
    #expect(classes.probes["class", .linear]?.content == evaluation.probes["class", .linear]?.content)
    #expect(classes.sceneLeak == nil && classes.disentanglement?.disentanglement == nil)
    #expect(classes.featureTables[2].rows[1][2] == "-")

    let nothing = try evaluator.evaluate(FlatClips(classes: [], factors: []))
    #expect(nothing.trainingClips == nil && nothing.probes.readings.isEmpty && nothing.disentanglement == nil)
    #expect(nothing.featureTables.count == 1 && nothing.featureTables[0].rows[1][0] == "spread, mean of dimensions")
    #expect(nothing.reconstructionPSNR == evaluation.reconstructionPSNR)
    #expect(nothing.frameTable.rows.map { $0[0] } == ["", "reconstruction", "reconstruction of training clips"])
    #expect(
      nothing.setting.hasSuffix("measured on 12 held-out clips drawn from 5, too few to speak for others, seed 7"))
  }

  @Test("Classes of which held-out clips have others cannot be asked for")
  func heldOutClasses() {
    let known = FactorValues.classes([0, 1, 0, 1], count: 4)
    #expect(known.canBeAsked(.classes([1, 2], count: 4)) && !known.canBeAsked(.classes([2, 3], count: 4)))
    #expect(!FactorValues.classes([1, 1], count: 4).canBeAsked(.classes([1], count: 4)))
    #expect(FactorValues.numbers(HostTensor([1, 1], [0])).canBeAsked(.numbers(HostTensor([1, 1], [1]))))
  }

  @Test("A factor that does not vary has no measures")
  func constantFactor() throws {
    struct Still: LabelledSource {
      var (channels, imageSize, summary, classes) = (1, 64, "still", [ClipClass]())
      var factors: [ClipFactor] { [ClipFactor("nothing", size: 1)] }
      func clipCount(_ split: Split) -> Int? { 1 }
      func drawClip(_ split: Split, length: Int, random: inout CounterRandom) -> Int { 0 }
      func render(_ clip: Int, frame index: Int, into pixels: UnsafeMutableBufferPointer<Float>) {
        pixels.update(repeating: 0.25)
      }
      func labels(of clip: Int) -> [Int] { [] }
      func factors(of clip: Int, frame index: Int) -> [Float] { [1] }
    }
    let evaluation = try evaluator(channels: 1).evaluate(Still())
    #expect(evaluation.probes.readings.isEmpty && evaluation.disentanglement == nil && evaluation.sceneLeak == nil)
    #expect(evaluation.contentVariation!.largest < 1e-6)
    _ = try JSONEncoder().encode(evaluation)
  }

  @Test("An evaluation of before SSIM and prediction still loads, its probe under its own name")
  func oldFile() throws {
    let text = """
      {"blackPSNR": 17.6, "classChance": 0.1, "contentClassAccuracy": 0.13, "contentPositionR2": 0.47, "frames": 80,
       "heldOutClips": 150, "poseClassAccuracy": 0.11, "posePositionR2": 0.63, "reconstructionPSNR": 6.5, "seed": 7,
       "step": 20, "swapPSNR": 6.4, "trainingClips": 300}
      """
    let evaluation = try JSONDecoder().decode(Evaluation.self, from: Data(text.utf8))
    #expect(evaluation.prediction == nil && evaluation.reconstructionSSIM == nil)
    #expect(
      evaluation.featureTables.map(\.rows) == [
        [
          ["", "from content h_c", "from pose h_p", "chance"],
          ["class accuracy, linear, raw features", "0.13", "0.11", "0.10"],
          ["position R2, linear, raw features", "0.47", "0.63", "0.00"],
        ]
      ])
    #expect(
      evaluation.frameTable.rows == [
        ["", "PSNR dB", "SSIM", "squared error", "sharpness"], ["reconstruction", "6.5", "-", "-", "-"],
        ["swap", "6.4", "-", "-", "-"], ["reconstruction less swap", "0.1", "", "-", ""],
        ["black frame in place of a swap", "17.6", "", "", ""],
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
    let probe = try #require(evaluation.probes["azimuth", .rawLinear])
    #expect(probe.pose == 0.81 && probe.content == -0.02 && evaluation.probes.readings.count == 1)
    let written = try JSONEncoder().encode(evaluation)
    #expect(try JSONDecoder().decode(Evaluation.self, from: written) == evaluation)
    let names = String(decoding: written, as: UTF8.self)
    #expect(names.contains("\"probes\"") && !names.contains("PositionR2"))
  }

  @Test("An evaluation without probes has none")
  func noProbes() throws {
    let text = """
      {"frames": 80, "heldOutClips": 150, "reconstructionPSNR": 20.5, "seed": 7, "step": 20}
      """
    let evaluation = try JSONDecoder().decode(Evaluation.self, from: Data(text.utf8))
    #expect(evaluation.probes.readings.isEmpty && evaluation.featureTables.isEmpty)
  }
}

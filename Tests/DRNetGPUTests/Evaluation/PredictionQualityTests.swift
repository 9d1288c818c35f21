import Foundation
import Testing

@testable import DRNetGPU
@testable import TensorEngine

@Suite("Quality of predictions")
struct PredictionQualityTests {
  private let backend = CPUBackend()

  private func prediction(channels: Int) throws -> PosePrediction {
    let model = try DRNet(
      DRNet.Sizes(channels: channels, width: 2, contentDim: 4, poseDim: 3, normalise: false), on: backend)
    try model.initialise(seed: 1, on: backend)
    let lstm = try PoseLSTM(poseDim: 3, contentDim: 4, rnnSize: 4, rnnLayers: 1, on: backend)
    try lstm.initialise(seed: 1, network: 4, on: backend)
    return PosePrediction(FeatureExtractor(model, on: backend), lstm, on: backend)
  }

  @Test("counts predicted frames alone, each by itself, as the mean over all clips")
  func meansByFrame() throws {
    let source = try MovingObjects(EmbeddedSprites())
    let prediction = try prediction(channels: source.channels)
    // More clips than are held at once.
    let (observed, predicted, clips) = (3, 4, 35)
    let found = try PredictionQuality(
      of: prediction, on: source, observed: observed, predicted: predicted, clips: clips, seed: 3)
    let truth = try source.sequences(
      step: 2, size: clips, length: observed + predicted, split: .heldOut, seed: 3, purpose: .probes
    ).frames
    let frames = try prediction.predict(observed: Array(truth[..<observed]), count: predicted)
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    for index in 0..<predicted {
      let (frame, copy, true_) = (frames[index], truth[observed - 1], truth[observed + index])
      #expect(abs(found.psnr[index] - mean(peakSignalsToNoise(frame, true_))) < 1e-9)
      #expect(abs(found.ssim[index] - mean(structuralSimilarities(frame, true_))) < 1e-9)
      #expect(abs(found.copyPSNR[index] - mean(peakSignalsToNoise(copy, true_))) < 1e-9)
      #expect(abs(found.copySSIM[index] - mean(structuralSimilarities(copy, true_))) < 1e-9)
    }
    #expect(found.copyPSNR[0] > found.copyPSNR[3])
    #expect(found.setting.hasPrefix("3 frames observed, 4 predicted free-running, mean over 35 held-out clips, one"))
    #expect(try JSONDecoder().decode(PredictionQuality.self, from: JSONEncoder().encode(found)) == found)
  }

  @Test("where nothing moves a copy is perfect")
  func stillClips() throws {
    let folder = try DataTestFolder()
    try folder.writeClips([1, 1])
    for clip in 0..<2 {
      let first = folder.url.appending(path: "clip\(clip)/frame0.png")
      for frame in 1..<5 {
        let next = folder.url.appending(path: "clip\(clip)/frame\(frame).png")
        try FileManager.default.copyItem(at: first, to: next)
      }
    }
    let source = try FrameFolders(root: folder.url, minimumFrames: 5)
    let found = try PredictionQuality(
      of: prediction(channels: 1), on: source, observed: 2, predicted: 3, clips: 4, seed: 1)
    #expect(found.copyPSNR.allSatisfy { abs($0 - 100) < 1e-9 } && found.copySSIM == [1, 1, 1])
    #expect(found.heldOutSet == 1 && found.setting.contains("4 held-out clips drawn from 1, one"))
  }

  @Test("shows some frames of many, the last and the mean")
  func table() throws {
    var quality = try PredictionQuality(
      of: prediction(channels: 3), on: MovingObjects(EmbeddedSprites()), observed: 1, predicted: 1, clips: 1, seed: 1)
    #expect(quality.table[0] == ["predicted frame", "1", "mean"])
    quality.predicted = 100
    for path in [\PredictionQuality.psnr, \.ssim, \.copyPSNR, \.copySSIM] {
      quality[keyPath: path] = (1...100).map(Double.init)
    }
    #expect(quality.table[0] == ["predicted frame", "1", "2", "3", "5", "10", "20", "50", "100", "mean"])
    #expect(quality.table[1] == ["PSNR dB", "1.0", "2.0", "3.0", "5.0", "10.0", "20.0", "50.0", "100.0", "50.5"])
  }
}

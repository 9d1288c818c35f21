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
    let ahead = try source.clips(
      step: 2, size: clips, length: observed + predicted, split: .heldOut, seed: 3, purpose: .probes
    ).map { $0.extrapolated(after: observed - 1) }
    let (velocityPSNR, velocitySSIM) = (try #require(found.velocityPSNR), try #require(found.velocitySSIM))
    let distances = [found.positionError, found.copyPositionError, found.velocityPositionError]
    for index in 0..<predicted {
      let (frame, copy, true_) = (frames[index], truth[observed - 1], truth[observed + index])
      let velocity = try source.frames(of: ahead, at: observed + index)
      #expect(abs(velocityPSNR[index] - mean(peakSignalsToNoise(velocity, true_))) < 1e-9)
      #expect(abs(velocitySSIM[index] - mean(structuralSimilarities(velocity, true_))) < 1e-9)
      for (distance, shown) in zip(distances, [frame, copy, velocity]) {
        let pairs = zip(intensityCentres(shown), intensityCentres(true_))
        #expect(abs(distance![index] - mean(pairs.map { hypot($0.y - $1.y, $0.x - $1.x) })) < 1e-9)
      }
      let sharpness = mean(gradientMagnitudes(frame)) / mean(gradientMagnitudes(true_))
      #expect(abs(found.sharpness![index] - sharpness) < 1e-9)
    }
    #expect(abs(mean(found.relativePoseSpread!) - 1) < 1e-9)
    #expect(velocityPSNR[0] > found.copyPSNR[0])
    #expect(found.setting.hasPrefix("3 frames observed, 4 predicted free-running, mean over 35 held-out clips, one"))
    #expect(try JSONDecoder().decode(PredictionQuality.self, from: JSONEncoder().encode(found)) == found)
  }

  @Test("reads files that were written before velocity, position, sharpness and spread were measured")
  func olderFiles() throws {
    let file =
      #"{"observed": 2, "predicted": 1, "clips": 3, "psnr": [20.5], "ssim": [0.5], "copyPSNR": [19], "#
      + #""copySSIM": [0.25], "bestOf": 1}"#
    let found = try JSONDecoder().decode(PredictionQuality.self, from: Data(file.utf8))
    #expect(found.table.map(\.first) == ["predicted frame", "PSNR dB", "PSNR dB of a copy", "SSIM", "SSIM of a copy"])
    #expect(found.velocityPSNR == nil && found.sharpness == nil && !found.setting.contains("velocity"))
    #expect(!found.curves.svg.contains("position error"))
  }

  @Test("leaves out constant velocity after one observed frame, and positions of several objects")
  func whatIsNotKnown() throws {
    let one = try PredictionQuality(
      of: prediction(channels: 3), on: MovingObjects(EmbeddedSprites()), observed: 1, predicted: 1, clips: 2, seed: 1)
    #expect(one.velocityPSNR == nil && one.velocityPositionError == nil && one.positionError != nil)
    let two = try PredictionQuality(
      of: prediction(channels: 3), on: MovingObjects(EmbeddedSprites(), objects: 2), observed: 2, predicted: 1,
      clips: 2, seed: 1)
    #expect(two.velocityPSNR != nil && two.velocityPositionError == nil && two.positionError == nil)
  }

  @Test("swaps the content of the next clip into the predicted poses, in the better order of each clip")
  func swaps() throws {
    let folder = try DataTestFolder()
    for name in ["train", "t10k"] {
      let pixels = (0..<12 * 784).map { UInt8(truncatingIfNeeded: $0 / 28 * 37) }
      try folder.write("\(name)-images-idx3-ubyte", DataTestFolder.idx([12, 28, 28], values: pixels))
    }
    let source = try MovingMNIST(root: folder.url, objects: 2)
    let prediction = try prediction(channels: 1)
    let (observed, predicted, count) = (2, 12, 5)
    let found = try PredictionQuality(
      of: prediction, on: source, observed: observed, predicted: predicted, clips: count, seed: 3)
    let clips = try source.differentClips(
      step: 2, size: count, length: observed + predicted, split: .heldOut, seed: 3, purpose: .probes)
    let others = clips.indices.map { clips[($0 + 1) % count] }
    let content = try source.frames(of: others, at: observed - 1)
    var frames: [HostTensor] = []
    try prediction.predict(observed: (0..<observed).map { try source.frames(of: clips, at: $0) }, count: predicted) {
      frames.append(try prediction.extractor.decode(contentOf: content, pose: $1))
    }
    let measures = try [0, 1].map { order in
      try (0..<10).map { index in
        let truth = zip(others, clips).map { $0.arrangements(on: $1)[order] }
        return peakSignalsToNoise(frames[index], try source.frames(of: truth, at: observed + index))
      }
    }
    let orders = (0..<count).map { clip in
      let totals = measures.map { $0.reduce(0) { $0 + $1[clip] } }
      return totals[0] >= totals[1] ? 0 : 1
    }
    let expected = (0..<10).map { index in
      (0..<count).reduce(0) { $0 + measures[orders[$1]][index][$1] } / Double(count)
    }
    #expect(found.swapPSNR?.count == 10 && found.swapSSIM?.count == 10 && Set(orders) == [0, 1])
    #expect(zip(found.swapPSNR ?? [], expected).allSatisfy { abs($0 - $1) < 1e-9 })
    #expect(found.table[0].suffix(2) == ["1 to 10", "mean"])
    let row = try #require(found.table.first { $0[0] == "PSNR dB of a swap" })
    #expect(
      row.suffix(3).first == "" && row.last == ""
        && row.dropLast().last == String(format: "%.1f", expected.reduce(0, +) / 10))
    #expect(found.setting.contains("drawn from 6, one") && found.setting.contains("in the best order"))
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
    (quality.positionError, quality.copyPositionError, quality.sharpness, quality.relativePoseSpread) = (
      nil, nil, nil, nil
    )
    for path in [\PredictionQuality.psnr, \.ssim, \.copyPSNR, \.copySSIM] {
      quality[keyPath: path] = (1...100).map(Double.init)
    }
    #expect(quality.table[0] == ["predicted frame", "1", "2", "3", "5", "10", "20", "50", "100", "1 to 10", "mean"])
    #expect(
      quality.table[1] == ["PSNR dB", "1.0", "2.0", "3.0", "5.0", "10.0", "20.0", "50.0", "100.0", "5.5", "50.5"])
    quality.predicted = 500
    quality.psnr = (1...500).map(Double.init)
    quality.relativePoseSpread = (1...500).map { $0 <= 10 ? 1 : 0.5 }
    for path in [\PredictionQuality.ssim, \.copyPSNR, \.copySSIM] { quality[keyPath: path] = quality.psnr }
    #expect(
      quality.table[0] == ["predicted frame", "1", "5", "10", "20", "50", "100", "200", "500", "1 to 10", "mean"])
    #expect(
      quality.table.last == ["spread of poses, first ten are 1", "1.00", "1.00", "1.00"]
        + [String](repeating: "0.50", count: 5) + ["1.00", "0.51"])
  }
}

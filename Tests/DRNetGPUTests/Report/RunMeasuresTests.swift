import Foundation
import TestSupport
import Testing

@testable import DRNetGPU

@Suite struct RunMeasuresTests {
  private func rows(_ lines: String) throws -> MetricsTable {
    let folder = try ScratchFolder()
    return try MetricsLog.read(folder.write(lines, to: "metrics.jsonl"))
  }

  @Test func theTimeOfATrainingFollowsFromItsRates() throws {
    // The second row is of validation. The training was resumed after the third.
    let rows = try rows(
      """
      {"step": 5, "frames": 50, "framesPerSecond": 100.0}
      {"step": 5, "frames": 50, "validationReconstruction": 1}
      {"step": 6, "frames": 60}
      {"step": 10, "frames": 100, "framesPerSecond": 25.0}

      """)
    #expect(RunMeasures.trainingSeconds(rows) == 50 / 100.0 + 50 / 25.0)
    #expect(RunMeasures.trainingSeconds(rows, upTo: 9) == 50 / 100.0)
    #expect(RunMeasures.trainingSeconds(MetricsTable()) == 0)
  }

  @Test func measuresAreFoundByTheirPaths() throws {
    let folder = try ScratchFolder()
    _ = try folder.write(
      #"{"swapPSNR": 19.5, "factorName": "position", "prediction": {"psnr": [22.5, 20, 17]}, "frames": 100}"#,
      to: "evaluation.json")
    _ = try folder.write("{\"step\": 10, \"frames\": 100, \"framesPerSecond\": 40.0}\n", to: "metrics.jsonl")
    let measures = try RunMeasures(RunFolder(url: folder.url))
    #expect(measures["prediction.psnr.1"] == 20 && measures["factorName"] == nil && measures["gone"] == nil)
    #expect(
      measures.values(and: ["prediction.psnr.1", "gone"]) == [
        "swapPSNR": 19.5, "prediction.psnr.0": 22.5, "prediction.psnr.1": 20, "prediction.psnr.2": 17, "frames": 100,
        "seconds": 2.5, "framesPerSecond": 40,
      ])
  }

  @Test func aDamagedEvaluationIsOneLine() throws {
    let folder = try ScratchFolder()
    _ = try folder.write("{\"swapPSNR\": ", to: "evaluation.json")
    #expect(message { _ = try RunMeasures(RunFolder(url: folder.url)) }.contains("drnet evaluate"))
  }
}

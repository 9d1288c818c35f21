import Foundation

/// A table of measures, and how they were taken.
public struct MeasureTable: Equatable, Sendable {
  /// A header, then rows.
  public var rows: [[String]]
  /// The name of a measure, and how it was taken in one line.
  public var notes: [[String]]
}

extension Evaluation {
  /// What content and pose hold, as tables for a terminal or a page; empty if nothing is known.
  public var featureTables: [MeasureTable] {
    [probeTable, variationTable, scoreTable].compactMap { $0 }.filter { $0.rows.count > 1 }
  }

  /// The quality of decoded frames.
  public var frameTable: MeasureTable {
    var rows = [
      ["", "PSNR dB", "SSIM", "squared error", "sharpness"],
      [
        "reconstruction", number(reconstructionPSNR, 1), number(reconstructionSSIM, 3), number(reconstructionMSE, 5),
        number(reconstructionSharpness, 2),
      ],
    ]
    if let trainingReconstructionPSNR {
      rows.append([
        "reconstruction of training clips", number(trainingReconstructionPSNR, 1),
        number(trainingReconstructionSSIM, 3), number(trainingReconstructionMSE, 5),
        number(trainingReconstructionSharpness, 2),
      ])
    }
    if let swapPSNR, let swapLoss {
      rows.append([
        "swap", number(swapPSNR, 1), number(swapSSIM, 3), number(swapMSE, 5), number(swapSharpness, 2),
      ])
      let added = reconstructionMSE.flatMap { reconstruction in swapMSE.map { reconstruction - $0 } }
      rows.append(["reconstruction less swap", number(swapLoss, 1), "", number(added, 5), ""])
      rows.append(["black frame in place of a swap", number(blackPSNR, 1), "", "", ""])
    }
    return MeasureTable(
      rows: rows, notes: notes(["reconstruction", "reconstruction of training clips", "swap", "sharpness"]))
  }

  private var probeTable: MeasureTable {
    var rows = [["", "from content h_c", "from pose h_p", "chance"]]
    for probe in probes.readings {
      rows.append([
        "\(probe.factor) \(probe.measure.rawValue), \(probe.kind.label)", number(probe.content, 2),
        number(probe.pose, 2), number(probe.chance, 2),
      ])
    }
    if let sceneLeak {
      rows.append([
        "fresh scene discriminator", "", number(sceneLeak.accuracy, 3), number(sceneLeak.floor, 3) + " (floor)",
      ])
    }
    let kinds = FactorProbe.Kind.allCases.filter { kind in probes.readings.contains { $0.kind == kind } }
    return MeasureTable(
      rows: rows,
      notes: notes(["probes"]) + kinds.map { [$0.label, protocols[$0.label] ?? $0.method] }
        + notes(["chance", "classes", "fresh scene discriminator"]))
  }

  private var variationTable: MeasureTable? {
    guard let contentVariation, let poseVariation else { return nil }
    func row(_ name: String, _ text: (FeatureVariation) -> String) -> [String] {
      [name, text(contentVariation), text(poseVariation)]
    }
    let rows = [
      ["", "content h_c", "pose h_p"], row("spread, mean of dimensions") { scale($0.mean) },
      row("spread, smallest") { scale($0.smallest) }, row("spread, largest") { scale($0.largest) },
      row("effective directions") { "\(number($0.directions, 1)) of \($0.dimensions)" },
    ]
    return MeasureTable(rows: rows, notes: notes(["spread", "effective directions"]))
  }

  private var scoreTable: MeasureTable? {
    guard let scores = disentanglement else { return nil }
    return MeasureTable(
      rows: [
        ["MIG", "SAP", "DCI disentanglement", "completeness", "informativeness"],
        [scores.mig, scores.sap, scores.disentanglement, scores.completeness, scores.informativeness].map {
          number($0, 3)
        },
      ],
      notes: notes(["MIG", "SAP", "DCI"]))
  }

  private func notes(_ names: [String]) -> [[String]] {
    names.compactMap { name in protocols[name].map { [name, $0] } }
  }

  /// Three digits, however small: a leak may have a thousandth of the scale of the rest.
  private func scale(_ value: Double) -> String { String(format: "%.3g", value) }

  private func number(_ value: Double?, _ digits: Int) -> String {
    value.map { String(format: "%.\(digits)f", $0) } ?? "-"
  }
}

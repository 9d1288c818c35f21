/// The names of measures, which are paths in `evaluation.json`: known before anything is evaluated, but for the factors, which
/// depend on the data.
package enum MeasureName {
  /// Whether some evaluation can have a measure of this name, see `JSONValue.value(at:)` and `RunMeasures.ofTraining`.
  package static func isPossible(_ name: String) -> Bool {
    let path = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard let first = path.first, let last = path.last else { return false }
    switch (path.count, first) {
    case (1, _): return ofRun.contains(name)
    case (2, "prediction"): return ofPrediction.contains(last)
    case (3, "prediction"): return byFrame.contains(path[1]) && Int(last).map { $0 >= 0 } ?? false
    case (2, _): return ofFeatures[first]?.contains(last) ?? false
    case (4, "probes"):
      return !path[1].isEmpty && kinds.contains(path[2])
        && (ofProbe.contains(last) || path[2] == "linear" && ofLinearProbe.contains(last))
    default: return false
    }
  }

  /// What to choose from in place of a name that is not possible, in one line.
  package static func expected(inPlaceOf name: String) -> String {
    let part = name.prefix { $0 != "." }
    switch part {
    case "probes":
      return "probes.FACTOR.KIND.content or .pose, such as probes.class.mlp.pose, where KIND is one of "
        + kinds.joined(separator: ", ")
    case "prediction":
      return "prediction.NAME.N, such as prediction.psnr.9, where NAME is one of \(byFrame.joined(separator: ", "))"
    default:
      if let names = ofFeatures[String(part)] { return names.map { "\(part).\($0)" }.joined(separator: ", ") }
      let parts = ["probes", "prediction"] + ofFeatures.keys.sorted()
      return (ofRun + parts.map { "\($0)..." }).joined(separator: ", ")
    }
  }

  private static let ofRun =
    [
      "reconstructionPSNR", "reconstructionSSIM", "trainingReconstructionPSNR", "trainingReconstructionSSIM",
      "swapPSNR", "swapSSIM", "reconstructionMSE", "trainingReconstructionMSE", "swapMSE", "reconstructionSharpness",
      "trainingReconstructionSharpness", "swapSharpness", "swapLoss", "blackPSNR",
      "frames", "step", "seed", "trainingClips", "heldOutClips", "heldOutSet",
    ] + RunMeasures.ofTraining
  private static let ofProbe = ["content", "pose", "chance"]
  private static let ofLinearProbe = ["contentPenalty", "posePenalty"]
  /// Without that of earlier files.
  private static let kinds = FactorProbe.Kind.allCases.filter { $0 != .rawLinear }.map(\.rawValue)
  private static let ofFeatures = [
    "sceneLeak": ["accuracy", "floor", "leak", "maxStep"],
    "contentVariation": ["dimensions", "mean", "smallest", "largest", "directions"],
    "poseVariation": ["dimensions", "mean", "smallest", "largest", "directions"],
    "disentanglement": ["mig", "sap", "disentanglement", "completeness", "informativeness"],
  ]
  private static let ofPrediction = ["observed", "predicted", "clips", "heldOutSet", "bestOf"]
  private static let byFrame = [
    "psnr", "ssim", "copyPSNR", "copySSIM", "velocityPSNR", "velocitySSIM", "positionError", "copyPositionError",
    "velocityPositionError", "swapPSNR", "swapSSIM", "sharpness", "relativePoseSpread",
  ]
}

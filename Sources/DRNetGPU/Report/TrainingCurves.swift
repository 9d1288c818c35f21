/// The curves of a run's trainings by step.
enum TrainingCurves {
  /// Those of the main model.
  /// - Parameters:
  ///   - rows: its metrics.
  ///   - adversary: the adversary of its pose encoder, whose losses are shown.
  static func main(_ rows: MetricsTable, _ adversary: AdversaryNetwork) -> CurvePlot {
    func series(_ name: String, _ column: String) -> CurvePlot.Series { CurvePlot.Series(name, rows, column) }
    let ofAdversary: [CurvePlot.Panel] =
      switch adversary {
      case .scene:
        [
          CurvePlot.Panel(
            "discriminator accuracy", .linear, [series("training", "discriminatorAccuracy")],
            reference: (value: 0.5, label: "chance")),
          CurvePlot.Panel(
            "adversarial losses", .linear,
            [series("discriminator", "discriminator"), series("pose encoder", "adversarial")],
            reference: (value: 0.6931, label: "ln 2")),
        ]
      case .content:
        [
          CurvePlot.Panel(
            "content predicted from the pose", .linear,
            [series("before its step", "contentPrediction"), series("after it", "adversarial")],
            reference: (value: 1, label: "the pose tells nothing"))
        ]
      }
    // Losses that a run has only if they were switched on.
    let switched = [("edges", "edges"), ("InfoNCE", "contrast"), ("cross-covariance", "crossCovariance")]
      .filter { column in rows.has(column.1) }
      .map { CurvePlot.Panel($0.0, .logarithmic, [series("training", $0.1)]) }
    return CurvePlot(
      [
        CurvePlot.Panel(
          "reconstruction", .logarithmic,
          [series("training", "reconstruction"), series("held out", "validationReconstruction")]),
        CurvePlot.Panel(
          "similarity", .logarithmic,
          [series("training", "similarity"), series("held out", "validationSimilarity")]),
      ] + switched + ofAdversary + [
        CurvePlot.Panel(
          "spread", .linear,
          [series("h_c over clips", "contentSpread")]
            + (adversary == .scene
              ? [series("h_p within a clip", "poseSpread")] : [series("h_p over clips", "poseSpreadAcrossClips")])),
        CurvePlot.Panel(
          "directions of h_c", .linear, [series("training", "contentDirections")],
          reference: (value: 1, label: "one number")),
        CurvePlot.Panel("frames per second", .linear, [series("training", "framesPerSecond")]),
      ])
  }

  /// Those of the pose LSTM.
  static func pose(_ rows: MetricsTable) -> CurvePlot {
    CurvePlot([
      CurvePlot.Panel(
        "pose prediction", .logarithmic,
        [
          CurvePlot.Series("training", rows, "posePrediction"),
          CurvePlot.Series("held out, teacher-forced", rows, "validationTeacherForced"),
          CurvePlot.Series("held out, free-running", rows, "validationFreeRunning"),
        ])
    ])
  }
}

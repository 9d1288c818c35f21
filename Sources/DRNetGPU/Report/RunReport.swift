import Files
import Foundation

/// The page that shows a run: curves, pictures and tables, as far as they exist.
package struct RunReport {
  private let folder: RunFolder
  private let configuration: RunConfiguration
  private let rows: MetricsTable
  private let poseRows: MetricsTable
  private let evaluation: Evaluation?
  private let classification: Classification?
  private let judgement: Judgement?

  /// - Throws: `FileError` if a file of the run cannot be read.
  package init(_ folder: RunFolder) throws {
    func isThere(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }
    self.folder = folder
    configuration = try folder.configuration()
    rows = isThere(folder.metricsFile) ? try MetricsLog.read(folder.metricsFile) : MetricsTable()
    poseRows = isThere(folder.poseMetricsFile) ? try MetricsLog.read(folder.poseMetricsFile) : MetricsTable()
    evaluation = try folder.evaluation()
    classification = try folder.classification()
    judgement = try folder.judgement()
  }

  /// Writes `images/curves.svg`, `images/pose-curves.svg`, `images/prediction-quality.svg` and `index.html`.
  package func write() throws {
    var sections: [HTMLReport.Section] = []
    func picture(_ name: String, _ heading: String, _ caption: String) {
      let file = folder.images.appending(path: name)
      guard FileManager.default.fileExists(atPath: file.path) else { return }
      let model =
        PNGDescription.read(file).flatMap { TrainedRun.isDescription($0) ? " Drawn by the \($0)." : nil } ?? ""
      sections.append(
        HTMLReport.Section(heading, caption: caption + model, [.image(path: "images/\(name)", alternative: heading)]))
    }
    picture(
      "swap.png", "Content against pose",
      "Each row takes its content from the frame at its left, each column its pose from the frame above: rows should "
        + "keep the object, columns the position. None of these clips was trained on.")
    picture(
      "prediction.png", "Prediction",
      "True clips above; below, the frames that the model observed, with a light margin, then those that it predicted "
        + "from its own poses.")
    picture(
      "reconstructions.png", "Reconstructions",
      "Content frame, pose frame, and the frame decoded from both: it should look like the pose frame.")
    if let evaluation { sections += Self.sections(of: evaluation) }
    if let classification { sections.append(Self.section(of: classification)) }
    if let judgement { sections.append(Self.section(of: judgement)) }
    if let prediction = evaluation?.prediction {
      try prediction.curves.write(to: folder.imageToWrite("prediction-quality.svg"))
      let weights = evaluation?.weights.map { "\($0.adjective) weights; " } ?? ""
      let table = prediction.table
      sections.append(
        HTMLReport.Section(
          "Quality of predicted frames", caption: "How it was measured: \(weights)\(prediction.setting).",
          [
            .image(path: "images/prediction-quality.svg", alternative: "Measures by predicted frame"),
            .table(header: table[0], rows: Array(table.dropFirst())),
          ]))
    } else if let reason = evaluation?.reasonWithoutPrediction {
      sections.append(HTMLReport.Section("Quality of predicted frames", caption: "None: \(reason).", []))
    }
    if !rows.steps.isEmpty {
      let curves = TrainingCurves.main(rows, configuration.adversary ?? .scene)
      try curves.write(to: folder.imageToWrite("curves.svg"))
      picture(
        "curves.svg", "Training", "Losses of the main model by step; dashed lines are what they say, such as chance.")
    }
    if !poseRows.steps.isEmpty {
      try TrainingCurves.pose(poseRows).write(to: folder.imageToWrite("pose-curves.svg"))
      picture(
        "pose-curves.svg", "Training of the pose LSTM",
        "Mean squared error of poses: teacher-forced in training, and on held-out clips with true and with own poses.")
    }
    picture("prediction-0.png", "One clip in steps", "Truth above, prediction below, in steps of some frames.")
    sections.append(HTMLReport.Section("Settings", caption: "", [.list(settings)]))
    try HTMLReport("DRNET run", summary: summary, sections).write(to: folder.reportFile)
  }

  private static func sections(of evaluation: Evaluation) -> [HTMLReport.Section] {
    func section(_ heading: String, _ caption: String, _ tables: [MeasureTable]) -> HTMLReport.Section {
      let notes = tables.flatMap(\.notes)
      let shown = tables.map(\.rows) + (notes.isEmpty ? [] : [[["measure", "how it was taken"]] + notes])
      return HTMLReport.Section(
        heading, caption: "\(caption) \(evaluation.setting).",
        shown.map { .table(header: $0[0], rows: Array($0.dropFirst())) })
    }
    let features = evaluation.featureTables
    let known = section(
      "What content and pose know",
      "Content should know the class and not the factor that changes; pose the reverse.", features)
    let frames = section("Quality of decoded frames", "", [evaluation.frameTable])
    return features.isEmpty ? [frames] : [known, frames]
  }

  private static func section(of classification: Classification) -> HTMLReport.Section {
    section(
      "Classes from few labels", "From content or from pose they should be told with fewer labels than from pixels.",
      classification.setting, classification.tables,
      notes: Classification.methods.sorted { $0.key < $1.key }.map { [$0.key, $0.value] }
        + [classification.leftOut].compactMap { $0 }.map { ["", $0] })
  }

  private static func section(of judgement: Judgement) -> HTMLReport.Section {
    section(
      "What a judge sees in decoded clips",
      "In a swap, what moves should be kept from the pose, and what stays from the content.", judgement.setting,
      judgement.tables,
      notes: judgement.methods.map { [$0.name, $0.text] } + judgement.leftOut.map { ["", $0] })
  }

  private static func section(
    _ heading: String, _ caption: String, _ setting: String, _ tables: [(name: String, rows: [[String]])],
    notes: [[String]]
  ) -> HTMLReport.Section {
    HTMLReport.Section(
      heading, caption: "\(caption) \(setting).",
      (tables.map(\.rows) + [[["", "how it was taken"]] + notes]).map {
        .table(header: $0[0], rows: Array($0.dropFirst()))
      })
  }

  private var summary: String {
    "A video split into content, what stays, and pose, what moves: data '\(configuration.data)', width "
      + "\(configuration.width), \(rows.steps.last ?? 0) steps of \(configuration.batchSize) clips."
  }

  private var settings: [(name: String, value: String)] {
    RunConfiguration.settings.map { (name: $0.flag, value: $0.text(in: configuration)) }
  }
}

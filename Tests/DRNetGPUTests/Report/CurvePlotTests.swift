import Foundation
import Testing

@testable import DRNetGPU

@Suite struct CurvePlotTests {
  @Test func linearTicksAreRoundAndHoldTheValues() {
    let axis = PlotAxis(showing: [0.13, 0.87], .linear)
    #expect(axis.ticks.map(PlotAxis.label) == ["0", "0.2", "0.4", "0.6", "0.8", "1"])
    #expect(axis.position(0) == 0)
    #expect(axis.position(1) == 1)
  }

  @Test func anAxisOfStepsEndsAtTheValues() {
    let axis = PlotAxis(showing: [1, 19_500], .linear, ofSteps: true)
    #expect((axis.lowest, axis.highest) == (1, 19_500))
    #expect(axis.ticks.map(PlotAxis.label) == ["5k", "10k", "15k"])
  }

  @Test func logarithmicTicks() {
    #expect(PlotAxis(showing: [0.004, 0.9], .logarithmic).ticks.map(PlotAxis.label) == ["0.01", "0.1", "1"])
    #expect(
      PlotAxis(showing: [0.03, 0.9], .logarithmic).ticks.map(PlotAxis.label).prefix(3) == ["0.02", "0.05", "0.1"])
    let wide = PlotAxis(showing: [3e-5, 0.14], .logarithmic)
    #expect((wide.lowest, wide.highest) == (2e-5, 0.2))
    #expect(wide.ticks.map(PlotAxis.label) == ["0.0001", "0.001", "0.01", "0.1"])
    let axis = PlotAxis(showing: [0.01, 1], .logarithmic)
    #expect(abs((axis.position(0.1) ?? 0) - 0.5) < 1e-12)
    #expect(axis.position(0) == nil)
    #expect(axis.position(-1) == nil)
  }

  @Test(arguments: [
    [], [0], [5], [-5], [.nan], [.infinity, 1], [1, 1 + 1e-12], [0, 1e-300], [-1e300, 1e300], [1e-38, 1e38],
    [0.5, 0.6], [-3, -1], [.leastNonzeroMagnitude, 1],
  ])
  func everyRangeGivesAnAxis(_ values: [Double]) {
    for scale in [CurvePlot.Scale.linear, .logarithmic] {
      for ofSteps in [false, true] {
        let axis = PlotAxis(showing: values, scale, ofSteps: ofSteps)
        #expect(axis.lowest < axis.highest)
        #expect(axis.ticks.count < 30)
        for value in values {
          guard let position = axis.position(value) else { continue }
          #expect((-0.001...1.001).contains(position))
        }
        for tick in axis.ticks { #expect((-0.001...1.001).contains(axis.position(tick) ?? 0)) }
      }
    }
  }

  @Test func longCurvesBecomeMeansAndRanges() {
    let points = (0..<10_000).map { (step: $0, value: Double($0 % 2)) }
    let samples = CurveSample.samples(of: points)
    #expect(samples.count == CurveSample.maxCount)
    #expect(samples.allSatisfy { $0.lowest == 0 && $0.highest == 1 && $0.mean == 0.5 })
    #expect(CurveSample.samples(of: []).isEmpty)
    #expect(CurveSample.samples(of: [(3, 7)]).first?.step == 3)
  }

  /// The longest legends that there are, with 6.6 units a letter.
  @Test func legendsStayWithinTheirPanel() throws {
    var row = MetricsRow(step: 1)
    for name in ["posePrediction", "validationTeacherForced", "validationFreeRunning"] { row.set(name, 0.5) }
    let labels = ["prediction", "copy of the last frame", "constant velocity"]
    let compared = CurvePlot([.init("PSNR in dB", .linear, labels.map { .init($0, [(1, 0.5)]) })])
    for (plot, longest) in [
      (TrainingCurves.pose(MetricsTable([row])), "held out, free-running"), (compared, labels[2]),
    ] {
      #expect(plot.svg.contains(longest))
      for found in plot.svg.matches(of: /<text x="([0-9.]+)" y="([0-9.]+)" text-anchor="start"[^>]*>([^<]*)</) {
        let (x, y) = (try #require(Double(found.1)), try #require(Double(found.2)))
        #expect(x + 6.6 * Double(found.3.count) <= CurvePanel.width && y < 70, "\(found.3)")
      }
    }
  }

  /// The picture is well-formed XML, whatever is drawn.
  @Test func thePictureIsXML() throws {
    let plot = CurvePlot([
      .init("a < b & \"c\"", .logarithmic, [.init("x<y", [(1, 1), (2, 0.1), (3, .nan), (4, 0.2), (5, -1)])]),
      .init("chance", .linear, [.init("a", [(1, 0.5)]), .init("b", [])], reference: (0.5, "chance & more")),
      .init("nothing", .linear, []),
    ])
    let parser = XMLChecker()
    #expect(parser.accepts(plot.svg))
    #expect(parser.accepts(CurvePlot([]).svg))
    #expect(!parser.accepts("<svg><g></svg>"))
    #expect(plot.svg.contains("a &lt; b &amp; &quot;c&quot;"))
    #expect(plot.svg.contains("nothing measured yet"))
    #expect(!plot.svg.contains("nan"))
  }

  @Test func curvesComeFromColumnsOfTheLog() {
    var row = MetricsRow(step: 3)
    row.set("similarity", 0.25)
    row.set("adversarial", Double.nan)
    #expect(CurvePlot.Series("s", MetricsTable([row]), "similarity").points.map(\.value) == [0.25])
    #expect(CurvePlot.Series("a", MetricsTable([row]), "adversarial").points.isEmpty)
  }

  @Test(arguments: AdversaryNetwork.allCases) func trainingsHaveEveryCurve(_ adversary: AdversaryNetwork) {
    var row = MetricsRow(step: 1)
    var settings = DRNetTrainer.Settings()
    (settings.edges, settings.contrast, settings.crossCovariance) = (1, 1, LossWeight(1))
    let losses = MainLoss.reported(by: settings, adversary).map(\.rawValue)
    let spread = adversary == .scene ? "poseSpread" : "poseSpreadAcrossClips"
    let others = [
      "validationReconstruction", "validationSimilarity", "contentSpread", "contentDirections", "framesPerSecond",
    ]
    for name in losses + others + [spread] { row.set(name, 0.5) }
    let panels = TrainingCurves.main(MetricsTable([row]), adversary).panels
    for panel in panels {
      for series in panel.series { #expect(!series.points.isEmpty, "\(panel.title): \(series.label)") }
    }
    let without = TrainingCurves.main(MetricsTable([MetricsRow(step: 1)]), adversary).panels.map(\.title)
    for switched in ["edges", "InfoNCE", "cross-covariance"] {
      #expect(panels.contains { $0.title == switched } && !without.contains(switched), "\(switched)")
    }
  }
}

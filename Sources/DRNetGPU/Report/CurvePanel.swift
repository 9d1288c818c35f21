import Foundation

/// Draws one panel of a curve plot in a box of fixed size.
struct CurvePanel {
  static let width = 440.0
  static let height = 288.0
  private static let left = 58.0
  private static let right = width - 18
  /// Below the title and two lines of legend.
  private static let top = 70.0
  private static let legendLine = 18.0
  private static let bottom = height - 46

  /// Colours that can be told apart with any colour vision (Okabe and Ito, 2008).
  private static let colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]
  private static let ink = "#222222"
  private static let quiet = "#666666"
  private static let rule = "#e4e4e4"

  let panel: CurvePlot.Panel
  let horizontalLabel: String
  private let horizontal: PlotAxis
  private let vertical: PlotAxis
  private let curves: [[CurveSample]]

  init(_ panel: CurvePlot.Panel, horizontalLabel: String) {
    self.panel = panel
    self.horizontalLabel = horizontalLabel
    curves = panel.series.map { CurveSample.samples(of: $0.points) }
    let steps = panel.series.flatMap { $0.points.map { Double($0.step) } }
    horizontal = PlotAxis(showing: steps, .linear, ofSteps: true)
    var values = curves.joined().flatMap { [$0.lowest, $0.highest] }
    if let reference = panel.reference { values.append(reference.value) }
    vertical = PlotAxis(showing: values, panel.scale)
  }

  var svg: String {
    let hasCurve = curves.contains { $0.contains { vertical.position($0.mean) != nil } }
    return title + grid + (hasCurve ? reference + lines : empty) + legend
  }

  private var title: String {
    text(panel.title, x: Self.left, y: 22, colour: Self.ink, extra: " font-size=\"14\" font-weight=\"600\"")
  }

  private var grid: String {
    var svg = ""
    for tick in vertical.ticks {
      guard let y = y(tick) else { continue }
      svg += line(Self.left, y, Self.right, y, Self.rule)
      svg += text(PlotAxis.label(tick), x: Self.left - 7, y: y + 4, anchor: "end")
    }
    for tick in horizontal.ticks {
      guard let x = x(tick) else { continue }
      svg += line(x, Self.bottom, x, Self.bottom + 4, Self.quiet)
      svg += text(PlotAxis.label(tick), x: x, y: Self.bottom + 17, anchor: "middle")
    }
    svg += line(Self.left, Self.bottom, Self.right, Self.bottom, Self.quiet)
    let scale = panel.scale == .logarithmic ? " (vertical axis logarithmic)" : ""
    svg += text(horizontalLabel + scale, x: (Self.left + Self.right) / 2, y: Self.bottom + 34, anchor: "middle")
    return svg
  }

  private var reference: String {
    guard let reference = panel.reference, let y = y(reference.value) else { return "" }
    return line(Self.left, y, Self.right, y, Self.quiet, extra: Self.dashes)
  }

  private var lines: String {
    zip(curves, panel.series.indices).map { samples, index in
      let colour = Self.colours[index % Self.colours.count]
      let runs = samples.split { y($0.mean) == nil }
      return runs.map { run in
        let upper = run.map { point($0.step, $0.highest) }
        let lower = run.reversed().map { point($0.step, $0.lowest) }
        let middle = run.map { point($0.step, $0.mean) }
        let isBand = run.contains { $0.lowest < $0.highest }
        let outline = (upper + lower).joined(separator: "L")
        let band = isBand ? "<path d=\"M\(outline)Z\" fill=\"\(colour)\" opacity=\"0.18\"/>\n" : ""
        // A single point has no line; a round cap makes it a dot.
        let path = middle.count == 1 ? "\(middle[0])l0 0" : middle.joined(separator: "L")
        return band + "<path d=\"M\(path)\" fill=\"none\" stroke=\"\(colour)\" "
          + "stroke-width=\"\(middle.count == 1 ? 5 : 1.8)\" stroke-linejoin=\"round\" stroke-linecap=\"round\"/>\n"
      }.joined()
    }.joined()
  }

  /// The names of the lines, from left to right under the title, then on a second line; a single curve needs none.
  private var legend: String {
    var entries: [(label: String, colour: String, extra: String)] = []
    if panel.series.count > 1 {
      for (index, series) in panel.series.enumerated() {
        entries.append((series.label, Self.colours[index % Self.colours.count], " stroke-width=\"2.5\""))
      }
    }
    if let reference = panel.reference { entries.append((reference.label, Self.quiet, Self.dashes)) }
    var (x, y) = (Self.left, 40.0)
    return entries.map { entry in
      let width = 23 + Double(entry.label.count) * 6.6
      if x > Self.left, x + width > Self.right { (x, y) = (Self.left, y + Self.legendLine) }
      defer { x += width + 18 }
      return line(x, y - 4, x + 18, y - 4, entry.colour, extra: entry.extra) + text(entry.label, x: x + 23, y: y)
    }.joined()
  }

  private var empty: String {
    text("nothing measured yet", x: (Self.left + Self.right) / 2, y: (Self.top + Self.bottom) / 2, anchor: "middle")
  }

  private func x(_ step: Double) -> Double? {
    horizontal.position(step).map { Self.left + $0 * (Self.right - Self.left) }
  }

  private func y(_ value: Double) -> Double? {
    vertical.position(value).map { Self.bottom - $0 * (Self.bottom - Self.top) }
  }

  /// A point of the curve; values that a logarithmic axis cannot show are drawn at its lower end.
  private func point(_ step: Double, _ value: Double) -> String {
    "\(svgCoordinate(x(step) ?? Self.left)) \(svgCoordinate(y(value) ?? Self.bottom))"
  }

  private static let dashes = " stroke-dasharray=\"5 4\""

  private func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ colour: String, extra: String = ""
  ) -> String {
    "<line x1=\"\(svgCoordinate(x1))\" y1=\"\(svgCoordinate(y1))\" x2=\"\(svgCoordinate(x2))\" y2=\"\(svgCoordinate(y2))\" "
      + "stroke=\"\(colour)\"\(extra)/>\n"
  }

  private func text(
    _ text: String, x: Double, y: Double, anchor: String = "start", colour: String = CurvePanel.quiet,
    extra: String = ""
  ) -> String {
    "<text x=\"\(svgCoordinate(x))\" y=\"\(svgCoordinate(y))\" text-anchor=\"\(anchor)\" fill=\"\(colour)\"\(extra)>"
      + "\(text.escapedForMarkup)</text>\n"
  }
}

import Files
import Foundation
import TensorEngine

/// Curves over the steps of a run as an SVG picture: one panel per measure, side by side.
package struct CurvePlot: Sendable {
  /// How the vertical axis of a panel is scaled.
  package enum Scale: Sendable {
    case linear
    case logarithmic
  }

  /// One curve; values that are not finite leave a gap.
  package struct Series: Sendable {
    package var label: String
    /// Steps and values, in ascending order of steps.
    package var points: [(step: Int, value: Double)]

    package init(_ label: String, _ points: [(step: Int, value: Double)]) {
      self.label = label
      self.points = points
    }

    /// The column `name` of a log; rows without it are skipped.
    package init(_ label: String, _ rows: MetricsTable, _ name: String) {
      self.init(label, zip(rows.steps, rows[name]).lazy.filter { !$0.1.isNaN }.map { (step: $0.0, value: $0.1) })
    }
  }

  /// One pair of axes.
  package struct Panel: Sendable {
    package var title: String
    package var scale: Scale
    package var series: [Series]
    /// A level to compare with, such as chance, drawn as a dashed line.
    package var reference: (value: Double, label: String)?

    package init(
      _ title: String, _ scale: Scale = .linear, _ series: [Series], reference: (value: Double, label: String)? = nil
    ) {
      self.title = title
      self.scale = scale
      self.series = series
      self.reference = reference
    }
  }

  package var panels: [Panel]
  package var columns: Int
  /// Label of the horizontal axes.
  package var horizontalLabel: String

  package init(_ panels: [Panel], columns: Int = 2, horizontalLabel: String = "step") {
    precondition(columns > 0, "columns \(columns)")
    self.panels = panels
    self.columns = columns
    self.horizontalLabel = horizontalLabel
  }

  /// Writes the picture atomically.
  package func write(to url: URL) throws { try AtomicFile.write(Data(svg.utf8), to: url) }

  /// The picture as SVG text.
  package var svg: String {
    let columns = min(self.columns, max(panels.count, 1))
    let rows = panels.count.dividedRoundingUp(by: columns)
    let width = Double(columns) * CurvePanel.width
    let height = Double(rows) * CurvePanel.height
    var svg = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(svgCoordinate(width)) \(svgCoordinate(height))" \
      width="\(svgCoordinate(width))" height="\(svgCoordinate(height))" font-family="system-ui, 'DejaVu Sans', sans-serif" \
      font-size="11">
      <rect width="100%" height="100%" fill="#ffffff"/>

      """
    for (index, panel) in panels.enumerated() {
      let x = Double(index % columns) * CurvePanel.width
      let y = Double(index / columns) * CurvePanel.height
      svg += "<g transform=\"translate(\(svgCoordinate(x)) \(svgCoordinate(y)))\">\n"
      svg += CurvePanel(panel, horizontalLabel: horizontalLabel).svg
      svg += "</g>\n"
    }
    return svg + "</svg>\n"
  }
}

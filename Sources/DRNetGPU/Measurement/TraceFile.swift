import Files
import Foundation

/// A profile in the trace event format, which chrome://tracing and Perfetto (ui.perfetto.dev) open.
package struct TraceFile {
  private struct Event: Encodable {
    var name: String
    /// X: a span; M: a name for a track.
    var ph: String
    var pid = 1
    var tid: Int
    /// Microseconds.
    var ts: Double?
    var dur: Double?
    var args: [String: String]
  }

  private struct Document: Encodable {
    var displayTimeUnit = "ms"
    var traceEvents: [Event]
  }

  private enum Track: Int {
    case steps = 1
    case device = 2
  }

  private let document: Document

  /// - Parameter device: name of the device or processor that was profiled.
  package init(_ profile: StepProfile, device: String) {
    let origin = profile.steps.joined().map(\.start).min() ?? 0
    func span(_ name: String, _ track: Track, from start: Double, to end: Double, _ args: [String: String]) -> Event {
      Event(name: name, ph: "X", tid: track.rawValue, ts: 1e6 * (start - origin), dur: 1e6 * (end - start), args: args)
    }
    func name(_ what: String, _ track: Track, _ text: String) -> Event {
      Event(name: what, ph: "M", tid: track.rawValue, args: ["name": text])
    }
    var events = [
      name("process_name", .steps, "drnet"), name("thread_name", .steps, "training steps"),
      name("thread_name", .device, device),
    ]
    for (index, step) in profile.steps.enumerated() {
      guard let start = step.map(\.start).min(), let end = step.map(\.end).max() else { continue }
      events.append(span("step \(index + 1)", .steps, from: start, to: end, [:]))
      events += step.map { span($0.name, .device, from: $0.start, to: $0.end, ["detail": $0.detail]) }
    }
    document = Document(traceEvents: events)
  }

  /// The file's bytes.
  func data() throws -> Data { try JSONEncoder.stable().encode(document) + Data("\n".utf8) }

  /// Writes the file atomically.
  package func write(to url: URL) throws { try AtomicFile.write(data(), to: url) }
}

import Foundation

/// Runs ops on a backend that computes at once, and times each of them.
final class TimedBackend: Backend {
  private let backend: CPUBackend
  private(set) var spans: [ProfileSpan] = []
  private let origin = ContinuousClock.now

  init(_ backend: CPUBackend) { self.backend = backend }

  var description: String { backend.description }
  func allocate(_ type: TensorType) throws -> Tensor { try backend.allocate(type) }
  func upload(_ host: HostTensor, to tensor: Tensor) throws { try backend.upload(host, to: tensor) }
  func download(_ tensor: Tensor) throws -> HostTensor { try backend.download(tensor) }
  func finish() { backend.finish() }

  func run(_ op: any Op, _ inputs: [Tensor], into outputs: [Tensor]) throws {
    let start = ContinuousClock.now
    try backend.run(op, inputs, into: outputs)
    let types = inputs.map(\.type.description).joined(separator: " ")
    spans.append(
      ProfileSpan(
        name: type(of: op).name.rawValue, detail: "\(op) on \(types)", start: (start - origin) / .seconds(1),
        end: (.now - origin) / .seconds(1)))
  }

  /// The spans since the last call.
  func takeSpans() -> [ProfileSpan] {
    defer { spans = [] }
    return spans
  }
}

import Foundation
import TensorEngine

/// Runs ops on the CPU backend, which computes synchronously, and measures the time of each.
final class TimedBackend: Backend {
  private let backend: CPUBackend
  private(set) var spans: [ProfileSpan] = []
  private let origin = ContinuousClock.now

  init(_ backend: CPUBackend) { self.backend = backend }

  var description: String { backend.description }
  var heldBytes: Int { backend.heldBytes }
  var memoryTraits: MemoryTraits { backend.memoryTraits }
  func allocate(_ type: TensorType) throws -> Tensor { try backend.allocate(type) }
  func allocatePiece(floats count: Int) throws -> Tensor { try backend.allocatePiece(floats: count) }
  func part(of piece: Tensor, at offset: Int, _ type: TensorType) -> Tensor {
    backend.part(of: piece, at: offset, type)
  }
  func upload(_ host: HostTensor, to tensor: Tensor) throws { try backend.upload(host, to: tensor) }
  func download(_ tensor: Tensor) throws -> HostTensor { try backend.download(tensor) }
  func queueDownload(_ tensor: Tensor) throws -> PendingDownload { try backend.queueDownload(tensor) }
  func finish() { backend.finish() }

  func run(_ op: any Op, _ inputs: [Tensor], into outputs: [Tensor]) throws {
    try time(op, inputs.map(\.type)) { try backend.run(op, inputs, into: outputs) }
  }

  func prepare(_ schedules: [Schedule]) throws -> [any Replay] {
    try backend.prepare(schedules) { call, run in self.time(call.op, call.inputTypes, run) }
  }

  private func time(_ op: any Op, _ inputs: [TensorType], _ run: () throws -> Void) rethrows {
    let start = ContinuousClock.now
    try run()
    let types = inputs.map(\.description).joined(separator: " ")
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

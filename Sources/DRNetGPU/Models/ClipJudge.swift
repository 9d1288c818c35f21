import Foundation
import TensorEngine

/// Asks a trained judge for the classes of clips on the host. Batch norm uses the running statistics, so that the result for
/// a clip does not depend on the other clips.
public struct ClipJudge {
  /// The judge.
  public let judge: Judge
  private let backend: any Backend
  /// Frames in one pass; bounds the memory that is needed.
  private static let frames = 400

  /// A judge whose parameters are on `backend`.
  public init(_ judge: Judge, on backend: any Backend) {
    self.judge = judge
    self.backend = backend
  }

  /// The probabilities of the values of each class.
  /// - Parameter frames: T consecutive frames of n clips, (n, C, S, S) each, in [0, 1].
  /// - Returns: (n, K) for each class, whose rows add up to 1.
  /// - Throws: `NotFiniteError` if a logit is NaN or infinite; `AllocationError` if memory runs out; `DeviceError` if the
  ///   device fails.
  public func probabilities(of frames: [HostTensor]) throws -> [HostTensor] {
    let clips = frames[0].shape[0]
    let together = max(1, Self.frames / frames.count)
    let parts = try stride(from: 0, to: clips, by: together).map { start in
      try logits(of: frames.map { $0.rows(start..<min(start + together, clips)) })
    }
    return judge.sizes.classes.enumerated().map { place, values in
      softmax(HostTensor(rows: parts.map { $0[place] }, of: [values]))
    }
  }

  private func logits(of frames: [HostTensor]) throws -> [HostTensor] {
    let all = HostTensor(rows: frames, of: Shape(Array(frames[0].shape.extents.dropFirst())))
    let initial = try judge.initialState(clips: frames[0].shape[0], on: backend)
    let logits = try judge(backend.upload(all, as: .features), from: initial, Tape(backend, mode: .frozen))
    return try logits.map { logits in
      let values = try backend.download(logits)
      guard values.values.allSatisfy(\.isFinite) else { throw NotFiniteError(what: "the judge's logits") }
      return values
    }
  }
}

/// exp(x) / sum of exp(x) over each row, in Double. x: (n, K).
func softmax(_ logits: HostTensor) -> HostTensor {
  let count = logits.shape[1]
  var result = logits
  for start in stride(from: 0, to: logits.values.count, by: count) {
    let row = logits.values[start..<start + count]
    let largest = Double(row.max()!)
    let powers = row.map { exp(Double($0) - largest) }
    let total = powers.reduce(0, +)
    for (index, power) in powers.enumerated() { result.values[start + index] = Float(power / total) }
  }
  return result
}

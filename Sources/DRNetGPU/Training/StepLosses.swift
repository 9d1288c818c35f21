import TensorEngine

/// The losses of one step that are being copied to the host; no step waits for them.
struct PendingLosses {
  var step: Int
  var values: [PendingDownload]
}

/// The losses of one step on the host.
public struct StepLosses: Equatable, Sendable {
  /// The number of the step, counted from 1.
  public var step: Int
  /// The names of the losses: those of `MainLoss`, or "posePrediction" for the pose LSTM.
  public var names: [String]
  /// The losses, in the order of their names.
  public var values: [Float]
}

extension [StepLosses] {
  /// The mean of each loss over the steps, by its name.
  var means: [(name: String, value: Double)] {
    guard let names = first?.names else { return [] }
    return names.indices.map { index in
      (names[index], reduce(0) { $0 + Double($1.values[index]) } / Double(count))
    }
  }
}

/// Collects the losses of steps until they are read.
struct LossQueue {
  let names: [String]
  private var pending: [PendingLosses] = []
  private var read: [StepLosses] = []
  /// Steps whose losses may not have arrived yet; earlier ones have, since the host runs at most one step ahead.
  private static let maxPending = 2

  /// Each step brings one number per name.
  init(names: [String]) { self.names = names }

  mutating func append(step: Int, _ values: [PendingDownload]) throws {
    pending.append(PendingLosses(step: step, values: values))
    if pending.count > Self.maxPending { read.append(try Self.read(pending.removeFirst(), names)) }
  }

  private static func read(_ losses: PendingLosses, _ names: [String]) throws -> StepLosses {
    StepLosses(step: losses.step, names: names, values: try losses.values.map { try $0.value().values[0] })
  }

  /// Restores losses that an interrupted run had read but not yet reported.
  /// - Parameters:
  ///   - rows: the losses of consecutive steps, (steps, losses); nil for none.
  ///   - step: the last of these steps.
  mutating func restore(_ rows: HostTensor?, until step: Int) {
    guard let rows else {
      read = []
      return
    }
    let count = rows.shape[0]
    read = (0..<count).map {
      StepLosses(step: step - count + 1 + $0, names: names, values: rows.rows($0..<$0 + 1).values)
    }
  }

  /// Waits for the device and returns everything since the last `clear`.
  ///
  /// - Parameter parameters: searched for the first that is not finite, if a loss is not.
  /// - Throws: `TrainingError.notFinite` for the first loss that is NaN or infinite.
  mutating func collect(
    from backend: any Backend, blaming parameters: [(name: String, parameter: Parameter)]
  ) throws -> [StepLosses] {
    read += try pending.map { try Self.read($0, names) }
    pending.removeAll()
    for losses in read {
      guard let bad = losses.values.firstIndex(where: { !$0.isFinite }) else { continue }
      let culprit = try parameters.first { try !backend.download($0.parameter.tensor).values.allSatisfy(\.isFinite) }
      let place = names[bad] + (culprit.map { " (first in \($0.name))" } ?? "")
      throw TrainingError.notFinite(place: place, step: losses.step)
    }
    return read
  }

  mutating func clear() { read.removeAll() }
}

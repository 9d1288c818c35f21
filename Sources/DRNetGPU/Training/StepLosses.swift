/// The losses of one step on their way to the host: nothing in a step waits for them.
struct PendingLosses {
  var step: Int
  var values: [PendingDownload]
}

/// Losses of the main model, in the order in which trainers report them.
public enum MainLoss: String, CaseIterable, Sendable {
  case discriminator, discriminatorAccuracy, reconstruction, similarity, adversarial
}

/// The losses of one step on the host.
public struct StepLosses: Equatable, Sendable {
  /// Counted from 1.
  public var step: Int
  public var values: [Float]
}

/// Collects the losses of steps until somebody wants to read them.
struct LossQueue {
  private let names: [String]
  /// Whether a step's numbers are parts of one loss, their mean.
  private let takesMean: Bool
  private var pending: [PendingLosses] = []
  private var read: [StepLosses] = []
  /// Steps whose losses may still be on their way; those before are done, as the host runs one step ahead at most.
  private static let mostPending = 2

  /// Each step brings one number a name.
  init(names: [String]) {
    self.names = names
    takesMean = false
  }

  /// Each step brings any number of numbers, whose mean is the loss.
  init(meanNamed name: String) {
    names = [name]
    takesMean = true
  }

  mutating func append(step: Int, _ values: [PendingDownload]) throws {
    pending.append(PendingLosses(step: step, values: values))
    if pending.count > Self.mostPending { try read.append(Self.read(pending.removeFirst(), takesMean)) }
  }

  private static func read(_ losses: PendingLosses, _ takesMean: Bool) throws -> StepLosses {
    var values = try losses.values.map { try $0.value().values[0] }
    if takesMean { values = [Float(values.reduce(0.0) { $0 + Double($1) } / Double(values.count))] }
    return StepLosses(step: losses.step, values: values)
  }

  /// Takes up losses that an interrupted run had read but not yet reported.
  mutating func restore(_ losses: [StepLosses]) { read = losses }

  /// Waits for the device and returns everything since the last `clear`.
  ///
  /// - Parameter parameters: searched for the first that is not finite, where a loss is not.
  /// - Throws: `TrainingError.notFinite` for the first loss that is NaN or infinite.
  mutating func collect(
    from backend: any Backend, blaming parameters: [(name: String, parameter: Parameter)]
  ) throws -> [StepLosses] {
    read += try pending.map { try Self.read($0, takesMean) }
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

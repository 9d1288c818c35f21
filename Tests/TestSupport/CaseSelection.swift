import Foundation

@testable import TensorEngine

/// The parity cases that a run is about: all of them, or those that DRNET_TEST_OP and DRNET_TEST_CASE name.
public struct CaseSelection: Sendable {
  private let op: String?
  /// A regular expression that is found in "op/case/launches".
  private let pattern: String?

  public static let environment: CaseSelection = {
    let variables = ProcessInfo.processInfo.environment
    return CaseSelection(op: variables["DRNET_TEST_OP"], pattern: variables["DRNET_TEST_CASE"])
  }()

  public init(op: String?, pattern: String?) {
    self.op = op
    self.pattern = pattern
  }

  public var isAll: Bool { op == nil && pattern == nil }

  /// - Throws: if the pattern is no regular expression.
  public func contains(_ name: OpName, _ parityCase: ParityCase, _ launches: String) throws -> Bool {
    if let op, op != name.rawValue { return false }
    guard let pattern else { return true }
    return try Self.label(name, parityCase, launches).contains(Regex(pattern))
  }

  /// Prints what was found of one case, if cases were selected.
  public func report(_ name: OpName, _ parityCase: ParityCase, _ launches: String, _ found: String) {
    if !isAll { print("\(Self.label(name, parityCase, launches)): \(found)") }
  }

  private static func label(_ name: OpName, _ parityCase: ParityCase, _ launches: String) -> String {
    "\(name.rawValue)/\(parityCase.name)/\(launches)"
  }
}

/// What the launches of a plan are for: kinds of devices, any of which can run those of the others.
public enum Launches: String, CaseIterable, Sendable {
  case cpu = "CPU"
  case gpu = "GPU"
  case smallGroups = "GPU with small work-groups"
  case mixed = "GPU of mixed precision"

  /// The device as if it were of this kind.
  public func traits(of facts: DeviceFacts) -> DeviceTraits {
    var traits = DeviceTraits(facts)
    traits.kind = self == .cpu ? .cpu : .gpu
    // Enough for sums to be split.
    if self != .cpu { traits.computeUnits = 64 }
    if self == .mixed { traits.precision = .mixed }
    if self == .smallGroups { traits.maxWorkGroupSize = min(traits.maxWorkGroupSize, 64) }
    return traits
  }
}

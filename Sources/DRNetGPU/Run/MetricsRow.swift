import Files
import Foundation

/// One row of a log of metrics: a step and named values in the order in which they were set.
public struct MetricsRow: Equatable, Sendable {
  /// A value that JSON can hold.
  public enum Value: Equatable, Sendable {
    /// The shortest decimal digits that are parsed to the same number.
    case number(String)
    /// A string.
    case text(String)
    /// Several numbers, such as one per frame.
    case numbers([Value])
    /// NaN, an infinity, or nothing measured.
    case missing
  }

  /// Steps done.
  public let step: Int
  /// Names of the values, in the order in which they were set; without the step.
  public private(set) var names: [String] = []
  private var values: [String: Value] = [:]

  /// A row without values.
  public init(step: Int) { self.step = step }

  /// Sets an integer.
  public mutating func set(_ name: String, _ value: Int) { set(name, Value.number("\(value)")) }
  /// Sets a number; `missing` if it is not finite.
  public mutating func set(_ name: String, _ value: Float) {
    set(name, value.isFinite ? Value.number("\(value)") : .missing)
  }
  /// Sets a number; `missing` if it is not finite.
  public mutating func set(_ name: String, _ value: Double) {
    set(name, value.isFinite ? Value.number("\(value)") : .missing)
  }
  /// Sets a string.
  public mutating func set(_ name: String, _ value: String) { set(name, Value.text(value)) }

  /// Sets several numbers; those that are not finite become `missing`.
  public mutating func set(_ name: String, _ values: [Float]) {
    set(name, Value.numbers(values.map { $0.isFinite ? .number("\($0)") : .missing }))
  }

  /// Sets a value; `name` must not be "step".
  public mutating func set(_ name: String, _ value: Value) {
    precondition(name != "step", "a row has one step")
    if values.updateValue(value, forKey: name) == nil { names.append(name) }
  }

  /// The number called `name`, or the step; nil if it is missing or no number.
  public subscript(name: String) -> Double? {
    if name == "step" { return Double(step) }
    guard case .number(let digits)? = values[name] else { return nil }
    return Double(digits)
  }

  /// The row as one line of JSON, without the newline.
  var line: String {
    let members = names.map { ", \(JSONValue.quoted($0)): \(values[$0, default: .missing].json)" }
    return "{\"step\": \(step)" + members.joined() + "}"
  }

  /// Parses a line; nil if it is no row of metrics.
  init?(line: some Collection<UInt8>) {
    guard let document = try? JSONValue(parsing: line), case .object(let members) = document,
      let step = document["step"]?.integer
    else { return nil }
    self.init(step: step)
    for member in members where member.key != "step" {
      guard let value = Value(member.value) else { return nil }
      set(member.key, value)
    }
  }
}

extension MetricsRow.Value {
  fileprivate var json: String {
    switch self {
    case .number(let digits): digits
    case .text(let text): JSONValue.quoted(text)
    case .numbers(let values): "[" + values.map(\.json).joined(separator: ", ") + "]"
    case .missing: "null"
    }
  }

  /// nil for JSON that is no value of a row.
  fileprivate init?(_ value: JSONValue) {
    switch value {
    case .number(let digits): self = .number(digits)
    case .string(let text): self = .text(text)
    case .null: self = .missing
    case .array(let elements):
      let values = elements.compactMap(Self.init)
      guard values.count == elements.count else { return nil }
      self = .numbers(values)
    default: return nil
    }
  }
}

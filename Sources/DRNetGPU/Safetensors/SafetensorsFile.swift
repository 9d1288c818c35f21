import Files
import Foundation
import TensorEngine

/// Named tensors in memory, as a safetensors file holds them: floats, a few integers (counters), and text.
public struct SafetensorsFile: Equatable, Sendable {
  /// An integer tensor of any shape.
  public struct Integers: Equatable, Sendable {
    /// The shape; () for a counter.
    public var shape: Shape
    /// The elements, row-major.
    public var values: [Int64]

    /// A tensor of `shape.count` values.
    public init(_ shape: Shape, _ values: [Int64]) {
      precondition(values.count == shape.count, "\(values.count) values for shape \(shape)")
      self.shape = shape
      self.values = values
    }

    /// A counter: one number of shape ().
    public init(_ value: Int) { self.init([], [Int64(value)]) }
  }

  /// Names of the float tensors, in the order of the file or of insertion.
  public private(set) var names: [String] = []
  private var tensors: [String: HostTensor] = [:]
  /// Integer tensors by name; written before the floats, in the order of their names.
  public var integers: [String: Integers] = [:]
  /// The `__metadata__` of the header.
  public var metadata: [String: String] = [:]
  /// Where the file was read from, for error messages; nil if it was not read from a file.
  public let source: URL?

  /// A file without tensors.
  public init(metadata: [String: String] = [:]) {
    self.metadata = metadata
    source = nil
  }

  init(source: URL, metadata: [String: String]) {
    self.source = source
    self.metadata = metadata
  }

  /// The float tensor called `name`. Setting a new name appends it; setting nil removes the tensor.
  public subscript(name: String) -> HostTensor? {
    get { tensors[name] }
    set {
      if let newValue {
        if tensors.updateValue(newValue, forKey: name) == nil { names.append(name) }
      } else if tensors.removeValue(forKey: name) != nil {
        names.removeAll { $0 == name }
      }
    }
  }

  /// The float tensor called `name`.
  /// - Throws: `FileError` if it is missing or holds integers.
  public func tensor(_ name: String) throws -> HostTensor {
    if let tensor = tensors[name] { return tensor }
    if integers[name] != nil { throw error("tensor '\(name)' holds integers; expected floats") }
    throw error("tensor '\(name)' is missing; this file holds \(summary)")
  }

  /// The float tensor called `name`.
  /// - Throws: `FileError` if it is missing, holds integers or has another shape.
  public func tensor(_ name: String, _ shape: Shape) throws -> HostTensor {
    let tensor = try tensor(name)
    guard tensor.shape == shape else {
      throw error("tensor '\(name)' has shape \(tensor.shape); expected \(shape)")
    }
    return tensor
  }

  /// The counter called `name`.
  /// - Throws: `FileError` if it is missing or holds more than one number.
  public func integer(_ name: String) throws -> Int {
    guard let found = integers[name] else { throw error("the number '\(name)' is missing; this file holds \(summary)") }
    guard found.values.count == 1 else {
      throw error("'\(name)' has shape \(found.shape); expected one number")
    }
    return Int(found.values[0])
  }

  /// Checks that no float is NaN or infinite.
  /// - Throws: `FileError` that names the tensor and the element.
  public func requireFinite() throws {
    for name in names {
      guard let values = tensors[name]?.values, let index = values.firstIndex(where: { !$0.isFinite }) else { continue }
      throw error(
        "tensor '\(name)' holds \(values[index]) at element \(index); the training that wrote it had failed, so use an "
          + "earlier checkpoint")
    }
  }

  /// Checks that every float tensor is one of `expected`.
  /// - Parameters:
  ///   - expected: the names that may occur.
  ///   - prefixes: only names that begin with one of these are checked, since a file may hold several models.
  /// - Throws: `FileError` that names the other tensors.
  public func requireNothing(but expected: some Sequence<String>, prefixes: [String] = [""]) throws {
    let expected = Set(expected)
    let extra = names.filter { name in !expected.contains(name) && prefixes.contains { name.hasPrefix($0) } }
    guard !extra.isEmpty else { return }
    throw error("\(Self.list(extra)) not expected here; these weights belong to another network")
  }

  private var summary: String { names.isEmpty ? "no float tensors" : Self.list(names) }

  /// The first names and how many more there are.
  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(4).map { "'\($0)'" }.joined(separator: ", ")
    return names.count > 4 ? shown + " and \(names.count - 4) more" : shown
  }

  private func error(_ what: String) -> FileError {
    FileError(source ?? URL(fileURLWithPath: "tensors in memory"), what)
  }
}

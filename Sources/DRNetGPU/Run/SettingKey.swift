/// A configuration with a table of its settings, which the command line, settings files, presets, validation and reports
/// read.
public protocol Configurable: Sendable {
  /// A configuration with the defaults of all settings.
  init()
  /// Every setting that has a name, in display order.
  static var settings: [SettingKey<Self>] { get }
}

extension Configurable {
  /// The setting called `flag`; nil if there is none.
  public static func setting(_ flag: String) -> SettingKey<Self>? { settings.first { $0.flag == flag } }

  /// The setting that is stored at `path`, which must be in the table.
  public static func setting(_ path: PartialKeyPath<Self>) -> SettingKey<Self> {
    guard let setting = settings.first(where: { $0.path == path }) else {
      preconditionFailure("\(path) is not in the table of settings")
    }
    return setting
  }

  /// Checks every setting separately.
  /// - Throws: `SettingError` for the first invalid one.
  func validateEach() throws {
    for setting in Self.settings { try setting.check(self) }
  }
}

/// One row of a table of settings: name, key path, accepted values and help.
public struct SettingKey<Configuration: Configurable>: Sendable {
  /// Name of the flag without dashes, also used in settings files and messages.
  public let flag: String
  /// The purpose of the setting, in one sentence.
  public let help: String
  /// Whether a training reads it from its data; only commands without data have a flag for it.
  public let isReadFromData: Bool
  let path: any PartialKeyPath<Configuration> & Sendable
  /// Text shown instead of the value in a new configuration.
  private let givenDefault: String?
  private let read: @Sendable (Configuration) -> String
  private let write: @Sendable (Any, inout Configuration) -> Bool
  private let validate: @Sendable (Configuration) throws -> Void

  /// - Parameter defaultText: text for the default, if it differs from the value in a new configuration.
  init<Value: Sendable>(
    _ flag: String, _ path: any WritableKeyPath<Configuration, Value> & Sendable,
    _ accepted: AcceptedValues<Value> = .all, default defaultText: String? = nil, isReadFromData: Bool = false,
    help: String
  ) {
    self.flag = flag
    self.path = path
    self.help = help
    self.isReadFromData = isReadFromData
    givenDefault = defaultText
    read = { describe($0[keyPath: path]) }
    write = { value, configuration in
      guard let value = stored(value, as: Value.self) else { return false }
      configuration[keyPath: path] = value
      return true
    }
    validate = { try require($0[keyPath: path], accepted, flag) }
  }

  /// An optional setting.
  /// - Parameter absent: text for the default, if there is no value.
  init<Value: Sendable>(
    _ flag: String, _ path: any WritableKeyPath<Configuration, Value?> & Sendable,
    _ accepted: AcceptedValues<Value> = .all, absent: String, help: String
  ) {
    self.flag = flag
    self.path = path
    self.help = help
    isReadFromData = false
    givenDefault = nil
    read = { configuration in
      let value: Value? = configuration[keyPath: path]
      return value.map { describe($0) } ?? absent
    }
    write = { value, configuration in
      guard let value = stored(value, as: Value.self) else { return false }
      configuration[keyPath: path] = value
      return true
    }
    validate = { configuration in
      let value: Value? = configuration[keyPath: path]
      if let value { try require(value, accepted, flag) }
    }
  }

  /// The value in the format of the flag; if it is absent, the text for that.
  public func text(in configuration: Configuration) -> String { read(configuration) }

  /// The default, as text.
  public var defaultText: String { givenDefault ?? read(Configuration()) }

  /// Stores a value of the setting's type, or of an enumeration that is stored as its raw value.
  /// - Returns: whether a value was stored; false for nil or another type, which changes nothing.
  @discardableResult
  public func set(_ value: Any, in configuration: inout Configuration) -> Bool { write(value, &configuration) }

  /// - Throws: `SettingError` if the setting does not accept the value in `configuration`.
  func check(_ configuration: Configuration) throws { try validate(configuration) }
}

private func describe(_ value: some Any) -> String {
  (value as? any RawRepresentable).map { "\($0.rawValue)" } ?? "\(value)"
}

private func stored<Value>(_ value: Any, as type: Value.Type) -> Value? {
  value as? Value ?? (value as? any RawRepresentable)?.rawValue as? Value
}

private func require<Value>(_ value: Value, _ accepted: AcceptedValues<Value>, _ flag: String) throws {
  guard let expected = accepted.description, !accepted.contains(value) else { return }
  throw SettingError(flag, value is String ? "'\(value)'" : "\(value)", expected: expected)
}

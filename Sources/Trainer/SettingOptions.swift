import ArgumentParser
import DRNetGPU
import TensorEngine

/// Options that are settings of the library: the property `batchSize` is the flag `--batch-size` and the setting
/// `batch-size`, in each table that has one of that name.
protocol SettingOptions: ParsableArguments {}

extension SettingOptions {
  /// Stores the given values in `configuration`, except those of the settings called `others`.
  func apply<Configuration: Configurable>(
    to configuration: inout Configuration, except others: Set<String> = []
  ) {
    for (flag, value) in values where !others.contains(flag) {
      Configuration.setting(flag)?.set(value, in: &configuration)
    }
  }

  /// Names of the settings that were given, in the order of the properties.
  func given<Configuration: Configurable>(of type: Configuration.Type) -> [String] {
    var configuration = Configuration()
    return values.filter { Configuration.setting($0.flag)?.set($0.value, in: &configuration) == true }.map(\.flag)
  }

  /// The properties by the names of their flags, found as ArgumentParser finds them; nil values are included.
  private var values: [(flag: String, value: Any)] {
    Mirror(reflecting: self).children.compactMap { child in
      guard let name = child.label, let parsed = child.value as? any ParsedProperty else { return nil }
      return (flagName(of: name), parsed.anyValue)
    }
  }

  /// `_batchSize`, the storage behind a property wrapper, as `batch-size`.
  private func flagName(of storage: String) -> String {
    storage.drop { $0 == "_" }.reduce(into: "") { name, letter in
      name += letter.isUppercase ? "-" + letter.lowercased() : String(letter)
    }
  }
}

/// A property that ArgumentParser fills.
private protocol ParsedProperty {
  var anyValue: Any { get }
}

extension Option: ParsedProperty {
  fileprivate var anyValue: Any { wrappedValue }
}

extension Flag: ParsedProperty {
  fileprivate var anyValue: Any { wrappedValue }
}

extension ArgumentHelp {
  /// The help of a setting, with its default in the format that ArgumentParser uses.
  static func setting<Configuration: Configurable>(_ path: PartialKeyPath<Configuration>) -> ArgumentHelp {
    let setting = Configuration.setting(path)
    return ArgumentHelp("\(setting.help) (default: \(setting.defaultText))")
  }

  /// The help of a setting that only `network` has.
  static func setting<Configuration: Configurable>(
    _ path: PartialKeyPath<Configuration>, of network: BenchmarkStep.Network
  ) -> ArgumentHelp {
    ArgumentHelp("\(network.rawValue): \(setting(path).abstract)")
  }
}

extension AdversaryNetwork: ExpressibleByArgument {}
extension DataSet: ExpressibleByArgument {}
extension DecoderNetwork: ExpressibleByArgument {}
extension EncoderNetwork: ExpressibleByArgument {}
extension HeadNetwork: ExpressibleByArgument {}
extension HeadNorm: ExpressibleByArgument {}
extension ModelWeights: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}
extension Preset: ExpressibleByArgument {}
extension SceneExtent: ExpressibleByArgument {}

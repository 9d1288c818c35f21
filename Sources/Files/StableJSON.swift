import Foundation

extension JSONEncoder {
  /// An encoder that writes equal values as equal bytes: keys are sorted, slashes are not escaped.
  package static func stable(isPretty: Bool = false) -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
    return encoder
  }
}

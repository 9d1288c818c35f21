extension JSONValue {
  /// The value at a path of keys with dots between them, such as `prediction.psnr.9`; nil if there is none.
  ///
  /// In an array a key is an index from 0, or a text that elements have as the value of a member: `probes.class.mlp` is
  /// the element of `probes` in which one member is "class" and another "mlp".
  package func value(at path: String) -> JSONValue? {
    path.split(separator: ".", omittingEmptySubsequences: false).reduce(self) { $0?.child(String($1)) }
  }

  /// The number; nil if this is none, or too large for Double.
  package var double: Double? {
    guard case .number(let digits) = self, let number = Double(digits), number.isFinite else { return nil }
    return number
  }

  /// Paths of all numbers, in the order of the text; of a list of numbers only the first and the last.
  package var numberPaths: [String] {
    switch self {
    case .number: double == nil ? [] : [""]
    case .object(let members): members.flatMap { Self.join($0.key, $0.value.numberPaths) }
    case .array(let elements):
      if let last = elements.indices.last, elements.allSatisfy({ $0.double != nil }) {
        Set([0, last]).sorted().map(String.init)
      } else {
        elements.enumerated().flatMap { Self.join($1.name ?? "\($0)", $1.numberPaths) }
      }
    case .string, .boolean, .null: []
    }
  }

  private func child(_ key: String) -> JSONValue? {
    switch self {
    case .object: return self[key] ?? (texts.contains(key) ? self : nil)
    case .array(let elements):
      if let index = Int(key) { return elements.indices.contains(index) ? elements[index] : nil }
      let found = elements.filter { $0.texts.contains(key) }
      return found.count > 1 ? .array(found) : found.first
    case .string, .number, .boolean, .null: return nil
    }
  }

  /// The members that are texts.
  private var texts: [String] {
    guard case .object(let members) = self else { return [] }
    return members.compactMap { if case .string(let text) = $0.value { text } else { nil } }
  }

  /// The keys that choose this element of an array.
  private var name: String? { texts.isEmpty ? nil : texts.joined(separator: ".") }

  private static func join(_ key: String, _ paths: [String]) -> [String] {
    paths.map { $0.isEmpty ? key : "\(key).\($0)" }
  }
}

/// What all probes read. In JSON by factor and kind, so that `probes.class.mlp.pose` is a path to a number.
public struct FactorProbes: Codable, Equatable, Sendable {
  /// Classes first, then numbers.
  public var readings: [FactorProbe]

  init(_ readings: [FactorProbe] = []) { self.readings = readings }

  /// The reading of a factor with a kind of probe; nil if there is none.
  public subscript(factor: String, kind: FactorProbe.Kind) -> FactorProbe? {
    readings.first { $0.factor == factor && $0.kind == kind }
  }

  /// Decodes readings by factor and kind.
  /// - Throws: `DecodingError` if a value is missing or has another type.
  public init(from decoder: any Decoder) throws {
    let kinds = FactorProbe.Kind.allCases
    func order(_ probe: FactorProbe) -> (Int, String, Int) {
      (probe.measure == .accuracy ? 0 : 1, probe.factor, kinds.firstIndex(of: probe.kind) ?? kinds.count)
    }
    readings = try [String: [String: FactorProbe]](from: decoder).values.flatMap(\.values).sorted {
      order($0) < order($1)
    }
  }

  /// Encodes readings by factor and kind.
  /// - Throws: what the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    try Dictionary(grouping: readings, by: \.factor).mapValues { readings in
      Dictionary(uniqueKeysWithValues: readings.map { ($0.kind.rawValue, $0) })
    }.encode(to: encoder)
  }
}

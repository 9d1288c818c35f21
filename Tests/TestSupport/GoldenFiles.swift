import Foundation

@testable import DRNetGPU
@testable import TensorEngine

/// The files in Tests/Golden, which PyTorch computed.
public enum Golden {
  public static func file(_ name: String) throws -> SafetensorsFile {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return try SafetensorsFile.read(folder.appending(path: "Golden/\(name).safetensors"))
  }

  /// The cases of `ops.safetensors`.
  public static func opCases() throws -> [GoldenOpCase] {
    let file = try file("ops")
    return try file.metadata.filter { $0.key != "torch" }.sorted { $0.key < $1.key }.map { key, json in
      func tensors(_ kind: String) -> [HostTensor] {
        (0..<10).map { file["\(key).\(kind).\($0)"] }.prefix { $0 != nil }.compactMap { $0 }
      }
      return try GoldenOpCase(
        key, attributes: JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] ?? [:],
        inputs: tensors("input"), outputs: tensors("output"))
    }
  }
}

/// Inputs and outputs of one op as PyTorch computes them.
public struct GoldenOpCase: Sendable, CustomStringConvertible {
  public let name: String
  public let op: any Op
  public let types: [TensorType]
  public let inputs: [HostTensor]
  public let outputs: [HostTensor]

  public var description: String { name }

  init(_ name: String, attributes: [String: Any], inputs: [HostTensor], outputs: [HostTensor]) throws {
    guard let opName = name.split(separator: ".").first.flatMap({ OpName(rawValue: String($0)) }) else {
      throw GoldenError(description: "\(name): no such op")
    }
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    op = try opName.type.decoded(attributes)
    types = inputs.enumerated().map { index, tensor in
      let sameRank = opName.type.parityCases.compactMap { $0.inputs.dropFirst(index).first }
        .first { $0.shape.rank == tensor.shape.rank }
      return TensorType(tensor.shape, sameRank?.role ?? .features)
    }
  }

  /// Sums in these cases have at most some thousand terms of magnitude up to about 4; the reference itself is in float64.
  public static let tolerance = ParityCase.Tolerance(absolute: 2e-5, relative: 1e-5)

  /// The largest error of every output, as a share of the tolerance.
  public func shares(_ found: [HostTensor]) -> [ToleranceShare] {
    zip(found, outputs).map {
      ToleranceShare($0.values.map(Double.init), $1.values.map(Double.init), Self.tolerance)
    }
  }
}

struct GoldenError: Error, CustomStringConvertible { var description: String }

extension Op {
  /// The op with attributes as the golden files have them; those that are missing are as in the first parity case.
  fileprivate static func decoded(_ attributes: [String: Any]) throws -> any Op {
    let defaults = try JSONEncoder().encode(parityCases[0].op)
    guard var all = try JSONSerialization.jsonObject(with: defaults) as? [String: Any] else {
      throw GoldenError(description: "\(name) is not coded as an object")
    }
    all.merge(attributes) { $1 }
    // PyTorch has the slope beside the name of the activation.
    let slope = all.removeValue(forKey: "slope").map { ["slope": $0] }
    if let activation = attributes["activation"] as? String { all["activation"] = [activation: slope ?? [:]] }
    return try JSONDecoder().decode(Self.self, from: JSONSerialization.data(withJSONObject: all))
  }
}

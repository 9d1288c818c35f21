import Files
import Foundation
import TensorEngine

extension Module {
  /// The parameters under their names in a file, which begin with `prefix`.
  public func namedParameters(prefix: String = "") -> [(name: String, parameter: Parameter)] {
    parameters.map { (prefix + $0.name, $0) }
  }

  /// The values of all parameters, to be written; waits for the backend.
  /// - Throws: `DeviceError` if the device fails.
  public func weights(prefix: String = "", from backend: any Backend) throws -> SafetensorsFile {
    var file = SafetensorsFile()
    for (name, parameter) in namedParameters(prefix: prefix) { file[name] = try backend.download(parameter.tensor) }
    return file
  }

  /// Gives all parameters the values of a file.
  /// - Throws: `FileError` that names the tensor that is missing, of the wrong shape or not finite; nothing is changed
  ///   then.
  public func load(_ file: SafetensorsFile, prefix: String = "", on backend: any Backend) throws {
    try file.fill(namedParameters(prefix: prefix), on: backend)
  }
}

extension SafetensorsFile {
  /// Uploads the tensors of these names, after all of them were found whole.
  func fill(_ parameters: [(name: String, parameter: Parameter)], on backend: any Backend) throws {
    let hosts = try parameters.map { name, parameter in
      let host = try tensor(name, parameter.type.shape)
      guard host.values.allSatisfy(\.isFinite) else { throw FileError(self, "\(name) holds NaN or infinity") }
      return host
    }
    for (host, entry) in zip(hosts, parameters) { try backend.upload(host, to: entry.parameter.tensor) }
  }
}

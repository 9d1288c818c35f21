import Files
import Foundation
import TensorEngine

extension Module {
  /// The parameters with their names in a file: `prefix`, then the parameter's own name.
  public func namedParameters(prefix: String = "") -> [(name: String, parameter: Parameter)] {
    parameters.map { (prefix + $0.name, $0) }
  }

  /// Copies the values of all parameters to the host (PyTorch's `state_dict()`); waits for the backend.
  /// - Throws: `DeviceError` if the device fails.
  public func weights(prefix: String = "", from backend: any Backend) throws -> SafetensorsFile {
    var file = SafetensorsFile()
    for (name, parameter) in namedParameters(prefix: prefix) { file[name] = try backend.download(parameter.tensor) }
    return file
  }

  /// Sets all parameters to the values in a file (PyTorch's `load_state_dict()`).
  /// - Throws: `FileError` if a tensor is missing, has the wrong shape or is not finite, or a variance is negative; no
  ///   parameter has changed then. `DeviceError` if the device fails.
  public func load(_ file: SafetensorsFile, prefix: String = "", on backend: any Backend) throws {
    try file.fill(namedParameters(prefix: prefix), on: backend)
  }
}

extension SafetensorsFile {
  /// Uploads the tensors of these names, after checking all of them.
  func fill(_ parameters: [(name: String, parameter: Parameter)], on backend: any Backend) throws {
    let hosts = try parameters.map { name, parameter in
      let host = try tensor(name, parameter.type.shape)
      guard host.values.allSatisfy(\.isFinite) else { throw FileError(self, "\(name) holds NaN or infinity") }
      if name.hasSuffix(".running_var"), let variance = host.values.min(), variance < 0 {
        throw FileError(self, "\(name) holds \(variance), but a variance is 0 or more")
      }
      return host
    }
    for (host, entry) in zip(hosts, parameters) { try backend.upload(host, to: entry.parameter.tensor) }
  }
}

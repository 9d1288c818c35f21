import Kernels

/// The OpenCL C sources and which kernel is in which file.
public struct KernelLibrary: Sendable {
  public struct File: Hashable, Sendable {
    /// Such as "adam.cl".
    public var name: String
    public var text: String

    public init(name: String, text: String) {
      self.name = name
      self.text = text
    }
  }

  /// What the other files share; put before each of them.
  public static let preludeName = "prelude.cl"

  public let files: [File]
  private let prelude: File?
  private let fileOfKernel: [String: File]

  public init(_ files: [File]) {
    self.files = files
    prelude = files.first { $0.name == Self.preludeName }
    var fileOfKernel: [String: File] = [:]
    for file in files {
      for kernel in Self.kernels(in: file.text) {
        precondition(fileOfKernel[kernel] == nil, "two kernels are called \(kernel)")
        fileOfKernel[kernel] = file
      }
    }
    self.fileOfKernel = fileOfKernel
  }

  /// The sources built into the binary.
  public static let embedded: KernelLibrary = {
    var files: [File] = []
    var entry = drnet_kernel_files()!
    while let name = entry.pointee.name, let text = entry.pointee.text {
      files.append(File(name: String(cString: name), text: String(cString: text)))
      entry += 1
    }
    return KernelLibrary(files)
  }()

  /// Names of all kernels.
  public var kernelNames: Set<String> { Set(fileOfKernel.keys) }

  func file(ofKernel kernel: String) -> File {
    guard let file = fileOfKernel[kernel] else { preconditionFailure("no file declares kernel \(kernel)") }
    return file
  }

  /// What the compiler is given for files; its messages keep their own names and line numbers.
  func source(of files: [File]) -> String {
    let parts = (prelude.map { [$0] } ?? []) + files
    return parts.map { "#line 1 \"\($0.name)\"\n\($0.text)\n" }.joined()
  }

  /// Names of the functions declared as `__kernel [__attribute__((...))] void name(`.
  private static func kernels(in text: String) -> [String] {
    text.matches(of: #/__kernel\s+(?:__attribute__\s*\(\([^;{]*?\)\)\s*)*void\s+(\w+)\s*\(/#).map { String($0.1) }
  }
}

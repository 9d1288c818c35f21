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

    /// By the name alone: a library has no two files of a name, and texts are long.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }

    /// Names of the functions declared as `__kernel [__attribute__((...))] void name(`.
    var kernelNames: [String] {
      text.matches(of: #/__kernel\s+(?:__attribute__\s*\(\([^;{]*?\)\)\s*)*void\s+(\w+)\s*\(/#).map { String($0.1) }
    }

    /// Names of the other functions, `static type name(`, and of types, `typedef type name;` or `typedef struct {...} name;`.
    var declaredNames: [String] {
      let functions = text.matches(of: #/(?m)^static\s+(?:\w+\s+)+\**(\w+)\s*\(/#).map { String($0.1) }
      let types = text.matches(of: #/(?m)^(?:typedef\s+\w+|})\s+(\w+);/#).map { String($0.1) }
      return Array(Set(functions + types)).sorted()
    }

    /// Names of macros.
    var macroNames: [String] {
      Array(Set(text.matches(of: #/(?m)^\s*#\s*define\s+(\w+)/#).map { String($0.1) })).sorted()
    }
  }

  /// What the other files share; put before each of them.
  public static let preludeName = "prelude.cl"

  public let files: [File]
  let prelude: File?
  private let fileOfKernel: [String: File]

  public init(_ files: [File]) {
    self.files = files
    prelude = files.first { $0.name == Self.preludeName }
    var fileOfKernel: [String: File] = [:]
    for file in files {
      for kernel in file.kernelNames {
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

  func file(named name: String) -> File? { files.first { $0.name == name } }

  func file(ofKernel kernel: String) -> File {
    guard let file = fileOfKernel[kernel] else { preconditionFailure("no file declares kernel \(kernel)") }
    return file
  }
}

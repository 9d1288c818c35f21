import Kernels

/// The OpenCL C sources, and the file of each kernel.
///
/// Kernel files share functions through headers: a line `#include "taps.h"` stands for the text of that file.
public struct KernelLibrary: Sendable {
  /// A source file or a header.
  public struct File: Hashable, Sendable {
    /// Such as "adam.cl".
    public var name: String
    public var text: String

    public init(name: String, text: String) {
      self.name = name
      self.text = text
    }

    /// Compares names only: names are unique in a library, and texts are long.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }

    /// The file with the text of headers in place of the lines that include them. Compiler messages still show the
    /// original file names and line numbers.
    func including(_ headers: [String: File]) -> File {
      guard text.contains("#include") else { return self }
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { index, line in
        guard line.hasPrefix("#include"), let name = line.wholeMatch(of: #/#include "(.+)"/#)?.1 else {
          return String(line)
        }
        guard let header = headers[String(name)] else {
          preconditionFailure("no header \(name), which \(self.name) includes")
        }
        return "#line 1 \"\(header.name)\"\n\(header.text)#line \(index + 2) \"\(self.name)\""
      }
      return File(name: name, text: lines.joined(separator: "\n"))
    }

    /// The text without comments and unneeded white space.
    var code: String {
      var code: [UInt8] = []
      for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
        let end = line.firstRange(of: "//".utf8)?.lowerBound ?? line.endIndex
        for part in line[..<end].split(whereSeparator: { Self.isLayout($0) }) {
          if let last = code.last, let first = part.first, Self.isOfWord(last), Self.isOfWord(first) {
            code.append(UInt8(ascii: " "))
          }
          code += part
        }
      }
      return String(decoding: code, as: UTF8.self)
    }

    /// Whether a byte is a space, or a backslash that continues a macro on the next line.
    private static func isLayout(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\\") }

    private static func isOfWord(_ byte: UInt8) -> Bool {
      switch Unicode.Scalar(byte) {
      case "a"..."z", "A"..."Z", "0"..."9", "_": true
      default: false
      }
    }

    /// Names of the functions declared as `__kernel [__attribute__((...))] void name(`.
    var kernelNames: [String] { declarations.map { String($0.1) } }

    fileprivate var signatures: [(kernel: String, signature: KernelSignature)] {
      declarations.map { (String($0.1), KernelSignature(text[$0.range.upperBound...])) }
    }

    private var declarations: [Regex<(Substring, Substring)>.Match] {
      text.matches(of: #/__kernel\s+(?:__attribute__\s*\(\([^;{]*?\)\)\s*)*void\s+(\w+)\s*\(/#)
    }

    /// Names of the other functions, `static type name(`, and of types,
    /// `typedef type name;` or `typedef struct {...} name;`.
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

  /// The prelude, which is put before every other file.
  public static let preludeName = "prelude.cl"

  /// The files of the source tree, including headers.
  public let sources: [File]
  /// The files that are compiled: all except the headers, whose text is included in the others.
  public let files: [File]
  let prelude: File?
  private let kernels: [String: (file: File, signature: KernelSignature)]
  /// Depends only on code: comments and white space do not change it. Taken once, since it reads all sources.
  let codeDigest: String

  public init(_ sources: [File]) {
    self.sources = sources
    codeDigest = ProgramFolder.digest(sources.sorted { $0.name < $1.name }.map { "\($0.name)\n\($0.code)\n" }.joined())
    let headers = Dictionary(uniqueKeysWithValues: sources.filter { $0.name.hasSuffix(".h") }.map { ($0.name, $0) })
    files = sources.filter { headers[$0.name] == nil }.map { $0.including(headers) }
    prelude = files.first { $0.name == Self.preludeName }
    var kernels: [String: (file: File, signature: KernelSignature)] = [:]
    for file in files {
      for (kernel, signature) in file.signatures {
        precondition(kernels[kernel] == nil, "two kernels are called \(kernel)")
        kernels[kernel] = (file, signature)
      }
    }
    self.kernels = kernels
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
  public var kernelNames: Set<String> { Set(kernels.keys) }

  func file(named name: String) -> File? { files.first { $0.name == name } }

  func file(ofKernel kernel: String) -> File { declaration(ofKernel: kernel).file }

  func signature(ofKernel kernel: String) -> KernelSignature { declaration(ofKernel: kernel).signature }

  private func declaration(ofKernel kernel: String) -> (file: File, signature: KernelSignature) {
    guard let declaration = kernels[kernel] else { preconditionFailure("no file declares kernel \(kernel)") }
    return declaration
  }
}

/// What a kernel is compiled from: a file of the library with macro definitions.
struct ProgramPart: Hashable, Sendable {
  var file: KernelLibrary.File
  var defines: [String: String]

  /// Definitions for the prelude, the width of vectors and the format of features; all parts of a program share them.
  var preludeDefines: [String: String] { defines.filter { Self.preludeNames.contains($0.key) } }

  /// The definitions of the part's own file.
  var ownDefines: [String: String] { defines.filter { !Self.preludeNames.contains($0.key) } }

  /// Such as "adam.cl -D LANES=4"; unique for each part.
  var name: String {
    file.name + Self.options(defines)
  }

  private static let preludeNames: Set = ["LANES", "HALF"]

  /// Definitions as compiler options.
  static func options(_ defines: [String: String]) -> String {
    defines.sorted { $0.key < $1.key }.map { " -D \($0.key)=\($0.value)" }.joined()
  }
}

/// The text of a program: the prelude followed by several parts. A file occurs
/// once for each of its sets of definitions.
///
/// Most of the time to compile one of our files is the start of the compiler, so
/// files are compiled together. Names that two parts declare are kept apart by
/// macros: names get the part's number, and a part's macros are undefined after it.
struct ProgramSource: Sendable {
  /// Must change if `text`, `options` or the names of kernels are made of parts in another way: the keys of stored
  /// binaries name parts, not text.
  static let form = "4"

  let parts: [ProgramPart]

  /// - Parameter parts: one or more, of the same prelude.
  init(_ parts: [ProgramPart]) {
    precondition(Set(parts.map(\.preludeDefines)).count == 1, "\(parts.map(\.name)) need preludes of their own")
    self.parts = parts.sorted { $0.name < $1.name }
  }

  /// Splits parts into as many programs as can be compiled at a time, with about equal amounts of text.
  static func dividing(_ parts: some Sequence<ProgramPart>, among compilers: Int) -> [ProgramSource] {
    Dictionary(grouping: parts) { ProgramPart.options($0.preludeDefines) }.sorted { $0.key < $1.key }.flatMap {
      _, parts in
      var shares = [(length: Int, parts: [ProgramPart])](repeating: (0, []), count: min(compilers, parts.count))
      for part in parts.sorted(by: { ($1.length, $0.name) < ($0.length, $1.name) }) {
        let lightest = shares.indices.min { shares[$0].length < shares[$1].length }!
        shares[lightest].length += part.length
        shares[lightest].parts.append(part)
      }
      return shares.map { ProgramSource($0.parts) }
    }
  }

  /// Such as "add.cl" or "add.cl+3".
  var name: String { parts[0].file.name + (parts.count == 1 ? "" : "+\(parts.count - 1)") }

  /// Compiler options. Warnings are off: PoCL would print their count to the user's terminal.
  var options: String { "-cl-std=CL1.2 -w" + ProgramPart.options(parts[0].preludeDefines) }

  /// The text for the compiler. Its messages show the original file names and line numbers.
  /// - Parameter isOutlined: whether kernel bodies are moved into functions that are compiled once; see
  ///   `OutlinedKernels`.
  func text(prelude: KernelLibrary.File?, isOutlined: Bool) -> String {
    (prelude.map { Self.numbered($0) } ?? "") + parts.indices.map { text($0, isOutlined) }.joined()
  }

  /// A kernel's name in the program.
  func name(ofKernel kernel: String, in part: ProgramPart) -> String {
    guard let number = parts.firstIndex(of: part) else { preconditionFailure("\(part.name) is not in \(name)") }
    return isAgain(number) ? Self.numbered(kernel, number) : kernel
  }

  /// Whether the program already contains the part's file, with other definitions.
  private func isAgain(_ number: Int) -> Bool { parts[..<number].contains { $0.file == parts[number].file } }

  private func text(_ number: Int, _ isOutlined: Bool) -> String {
    let part = parts[number]
    var file = part.file
    if isOutlined { file.text = OutlinedKernels(file.text, suffix: Self.numbered("", number)).text }
    let defines = part.ownDefines.sorted { $0.key < $1.key }
    let renamed = part.file.declaredNames + (isAgain(number) ? part.file.kernelNames : [])
    return defines.map { "#define \($0.key) \($0.value)\n" }.joined()
      + renamed.map { "#define \($0) \(Self.numbered($0, number))\n" }.joined() + Self.numbered(file)
      + (Set(defines.map(\.key) + part.file.macroNames + renamed).sorted()).map { "#undef \($0)\n" }.joined()
  }

  private static func numbered(_ name: String, _ number: Int) -> String { "\(name)_\(number)" }

  private static func numbered(_ file: KernelLibrary.File) -> String { "#line 1 \"\(file.name)\"\n\(file.text)\n" }
}

extension ProgramPart {
  fileprivate var length: Int { file.text.utf8.count }
}

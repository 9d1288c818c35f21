extension DeviceFacts {
  /// Whether the driver compiles a kernel's body three times, except for what is in a function.
  var compilesKernelsThrice: Bool { kind == .cpu && platform == "Portable Computing Language" }
}

/// Kernel source in which each kernel is split into a function, which is compiled once, and a kernel that calls it.
///
/// PoCL 3.1 makes three functions of a kernel: the kernel itself and two that launch it. It inlines all code that
/// queries the work-item's index into each of the three, so a kernel's body is optimised and compiled three times. A
/// function that gets the index as an argument is compiled once and called once per work-item.
struct OutlinedKernels {
  private(set) var text = ""

  /// - Parameters:
  ///   - source: kernel source. Comments must start with `//` and contain no braces.
  ///   - suffix: appended to the functions' names, which are the kernels' names followed by `_items`.
  init(_ source: String, suffix: String) {
    var rest = source[...]
    while let kernel = Self.nextKernel(in: rest) {
      text += rest[..<kernel]
      rest = rest[kernel...]
      guard let open = rest.firstIndex(of: "{"), let end = Self.end(ofBlockAt: open, in: rest) else { break }
      let header = rest[..<open]
      let body = rest[open..<end]
      text += Self.outlined(header, body, suffix) ?? String(rest[..<end])
      rest = rest[end...]
    }
    text += rest
  }

  /// The start of the next kernel's first line.
  private static func nextKernel(in text: Substring) -> Substring.Index? {
    if text.hasPrefix("__kernel ") { return text.startIndex }
    return text.firstRange(of: "\n__kernel ").map { text.index(after: $0.lowerBound) }
  }

  /// nil for a kernel that cannot be outlined: one with local memory, or that queries more than its global index.
  private static func outlined(_ header: Substring, _ body: Substring, _ suffix: String) -> String? {
    guard let start = header.firstRange(of: "void ")?.upperBound, let open = header[start...].firstIndex(of: "("),
      let close = header.lastIndex(of: ")"), open < close, !header.contains("__local"), !body.contains("__local")
    else { return nil }
    let name = header[start..<open]
    let parameters = header[header.index(after: open)..<close]
    let declared = parameters.split(separator: "\n").map { line in
      line.firstRange(of: "//").map { line[..<$0.lowerBound] } ?? line
    }.joined(separator: " ").split(separator: " ").joined(separator: " ")
    let names = declared.split(separator: ",").compactMap { parameter in
      parameter.split { !($0.isLetter || $0.isNumber || $0 == "_") }.last
    }

    var body = String(body)
    var indices: [(call: String, name: String)] = []
    for query in ["id", "size"] {
      for axis in 0..<3 {
        let index = (call: "get_global_\(query)(\(axis))", name: "global_\(query)_\(axis)")
        guard body.contains(index.call) else { continue }
        body.replace(index.call, with: index.name)
        indices.append(index)
      }
    }
    let others = ["get_global_", "get_local_", "get_group_", "get_num_groups"]
    guard !indices.isEmpty, others.allSatisfy({ !body.contains($0) }) else { return nil }
    let function = "\(name)_items\(suffix)"
    let added = indices.map { ", const size_t \($0.name)" }.joined()
    let arguments = (names.map(String.init) + indices.map(\.call)).joined(separator: ", ")
    // In one line, so that the other lines keep their numbers.
    return """
      static __attribute__((noinline)) void \(function)(\(declared)\(added)); \
      \(header[..<open].replacing("\n", with: " "))(\(declared)) { \(function)(\(arguments)); } \
      static void \(function)(\(parameters)\(added)) \(body)
      """
  }

  /// The position after the brace that closes the one at `open`.
  private static func end(ofBlockAt open: Substring.Index, in text: Substring) -> Substring.Index? {
    var depth = 0
    for index in text.utf8.indices[open...] {
      switch text.utf8[index] {
      case UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "}"): depth -= 1
      default: continue
      }
      if depth == 0 { return text.utf8.index(after: index) }
    }
    return nil
  }
}

/// The parameters of a kernel, as its source declares them.
struct KernelSignature: Equatable, Sendable {
  enum Kind: String, Sendable {
    case readOnlyMemory = "memory that is only read"
    case memory
    case int
    case float
  }

  struct Parameter: Equatable, Sendable {
    let name: String
    let kind: Kind
  }

  let parameters: [Parameter]

  /// - Parameter declaration: the text after the `(` that opens the parameters.
  init(_ declaration: Substring) {
    let lines: [Substring] = declaration.prefix { $0 != "{" }.split(separator: "\n").map { line in
      line.firstRange(of: "//").map { line[..<$0.lowerBound] } ?? line
    }
    let text = lines.joined(separator: " ")
    parameters = text.prefix { $0 != ")" }.split(separator: ",").compactMap { parameter in
      let words = parameter.split { !($0.isLetter || $0.isNumber || $0 == "_") }
      if words == ["void"] { return nil }
      let kind: Kind
      if parameter.contains("*") {
        kind = words.contains("const") ? .readOnlyMemory : .memory
      } else {
        guard let value = Kind(rawValue: words.dropLast().filter { $0 != "const" }.joined(separator: " ")) else {
          preconditionFailure("a parameter is declared as \(parameter): expected memory, int or float")
        }
        kind = value
      }
      return Parameter(name: String(words.last ?? ""), kind: kind)
    }
  }

  /// Describes the first mismatch between a launch's arguments and the signature; nil if they match, in order.
  func fault(in arguments: KernelArguments) -> String? {
    for (parameter, argument) in zip(parameters, arguments.list) {
      if argument.name != parameter.name { return "\(argument.name) is in the place of \(parameter.name)" }
      if !parameter.kind.takes(argument.value) { return "\(parameter.name) is \(parameter.kind.rawValue)" }
    }
    if parameters.count == arguments.list.count { return nil }
    return "\(arguments.list.count) arguments for \(parameters.count) parameters"
  }
}

extension KernelSignature.Kind {
  fileprivate func takes(_ argument: KernelArgument) -> Bool {
    switch argument {
    case .int: self == .int
    case .float: self == .float
    case .input: self == .readOnlyMemory
    case .output, .workspace: self == .memory || self == .readOnlyMemory
    }
  }
}

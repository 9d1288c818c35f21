/// An argument of a kernel.
public enum KernelArgument: Hashable, Sendable {
  /// Memory of the op's input or output, or of a scratch buffer of the plan, by position.
  case input(Int)
  case output(Int)
  case workspace(Int)
  case int(Int32)
  case float(Float)

  public static func int(_ value: Int) -> KernelArgument { .int(Int32(value)) }
}

/// The arguments of a launch, with the names and in the order of the kernel's parameters.
public struct KernelArguments: Hashable, Sendable, ExpressibleByDictionaryLiteral {
  /// An argument with the name of its parameter.
  public struct Named: Hashable, Sendable {
    public let name: String
    public var value: KernelArgument
  }

  public private(set) var list: [Named]

  public init(dictionaryLiteral elements: (String, KernelArgument)...) { self.init(elements) }

  public init(_ elements: [(String, KernelArgument)]) {
    list = elements.map { Named(name: $0.0, value: $0.1) }
  }

  public static func + (first: KernelArguments, second: KernelArguments) -> KernelArguments {
    var all = first
    all.list += second.list
    return all
  }

  public var values: [KernelArgument] { list.map(\.value) }

  /// The arguments with every `old` replaced.
  func replacing(_ old: KernelArgument, with new: KernelArgument) -> KernelArguments {
    var all = self
    for index in all.list.indices where all.list[index].value == old { all.list[index].value = new }
    return all
  }
}

import TensorEngine

/// A tensor that a network owns and a checkpoint stores: a weight, or a running statistic.
public final class Parameter {
  public enum Kind: CaseIterable, Sendable {
    /// Moved by the optimiser.
    case weight
    /// A bias whose gradient is exactly zero, since a batch norm follows and subtracts every constant again. It keeps its
    /// value: what float32 computes for it is rounding noise, which Adam would scale up to full steps.
    case inertBias
    /// Moved by batch norm itself.
    case statistic
  }

  /// Dotted name within the network, as PyTorch's state dict spells it: `main.0.main.0.weight`.
  public let name: String
  public let kind: Kind
  public let initialisation: Initialisation
  public let type: TensorType
  private var memory: (tensor: Tensor, group: TensorGroup)?

  /// A parameter without memory; `Module.allocateParameters` gives it some.
  public init(_ name: String, _ kind: Kind, _ initialisation: Initialisation, _ type: TensorType) {
    self.name = name
    self.kind = kind
    self.initialisation = initialisation
    self.type = type
  }

  /// What ops read.
  public var tensor: Tensor { placed.tensor }

  /// The network's parameters of this kind, among which this one was given memory.
  var group: TensorGroup { placed.group }

  private var placed: (tensor: Tensor, group: TensorGroup) {
    guard let memory else { preconditionFailure("\(name) has no memory yet") }
    return memory
  }

  fileprivate func place(_ tensor: Tensor, in group: TensorGroup) { memory = (tensor, group) }
}

extension Module {
  /// Gives the parameters memory: all of one kind side by side, in the order of the list.
  /// - Throws: `AllocationError` if the backend has none.
  public func allocateParameters(on backend: any Backend) throws {
    for kind in Parameter.Kind.allCases {
      let members = parameters.filter { $0.kind == kind }
      let group = try backend.allocateGroup(members.map(\.type))
      for (parameter, tensor) in zip(members, group.tensors) { parameter.place(tensor, in: group) }
    }
  }
}

/// How fresh parameters are drawn.
public enum Initialisation: Sendable {
  case constant(Float)
  case normal(mean: Float, deviation: Float)
  /// Uniform in [-bound, bound].
  case uniform(bound: Float)

  /// Convolutions and linear layers of the main model (drnet-py).
  public static let dcganWeight = Initialisation.normal(mean: 0, deviation: 0.02)
  /// Scales of batch norm (drnet-py).
  public static let dcganScale = Initialisation.normal(mean: 1, deviation: 0.02)

  /// Draws `shape.count` values from `random`.
  func draw(_ shape: Shape, from random: inout CounterRandom) -> HostTensor {
    var host = HostTensor(shape)
    for index in host.values.indices {
      switch self {
      case .constant(let value): host.values[index] = value
      case .normal(let mean, let deviation): host.values[index] = mean + deviation * random.normal()
      case .uniform(let bound): host.values[index] = random.uniform(in: -bound...bound)
      }
    }
    return host
  }
}

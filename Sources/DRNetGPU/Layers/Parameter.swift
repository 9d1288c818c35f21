import TensorEngine

/// A tensor that a network owns and a checkpoint stores: a weight, or a running statistic.
public final class Parameter {
  /// What changes a parameter during training.
  public enum Kind: CaseIterable, Sendable {
    /// Updated by the optimiser.
    case weight
    /// Never updated: a bias whose gradient is exactly zero, since the batch norm after it subtracts any constant. The
    /// gradient that float32 computes for it is rounding noise, which Adam would scale up to full steps.
    case inertBias
    /// Updated by batch norm itself: a running mean or variance.
    case statistic
  }

  /// Dotted name within the network, as PyTorch's state dict spells it: `main.0.main.0.weight`.
  public let name: String
  /// What changes it during training.
  public let kind: Kind
  /// How its first values are drawn.
  public let initialisation: Initialisation
  /// Its shape and role.
  public let type: TensorType
  private var memory: (tensor: Tensor, group: TensorGroup)?

  /// A parameter without memory; `Module.allocateParameters(on:)` allocates it.
  public init(_ name: String, _ kind: Kind, _ initialisation: Initialisation, _ type: TensorType) {
    self.name = name
    self.kind = kind
    self.initialisation = initialisation
    self.type = type
  }

  /// Its values on the backend. `Module.allocateParameters(on:)` must have run.
  public var tensor: Tensor { placed.tensor }

  /// The block of memory that this parameter shares with the network's other parameters of its kind.
  var group: TensorGroup { placed.group }

  private var placed: (tensor: Tensor, group: TensorGroup) {
    guard let memory else { preconditionFailure("\(name) has no memory yet") }
    return memory
  }

  fileprivate func place(_ tensor: Tensor, in group: TensorGroup) { memory = (tensor, group) }
}

extension Module {
  /// Allocates memory for the parameters; those of one kind lie side by side, in the order of `parameters`. Values are
  /// undefined until `initialise` or `load` sets them.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func allocateParameters(on backend: any Backend) throws {
    for kind in Parameter.Kind.allCases {
      let members = parameters.filter { $0.kind == kind }
      let group = try backend.allocateGroup(members.map(\.type))
      for (parameter, tensor) in zip(members, group.tensors) { parameter.place(tensor, in: group) }
    }
  }
}

/// How the first values of a parameter are drawn.
public enum Initialisation: Sendable {
  /// One value for all elements.
  case constant(Float)
  /// Normal with this mean and standard deviation.
  case normal(mean: Float, deviation: Float)
  /// Uniform in [-bound, bound].
  case uniform(bound: Float)

  /// Weights of convolutions and linear layers in the main model: normal(0, 0.02), as in drnet-py.
  public static let dcganWeight = Initialisation.normal(mean: 0, deviation: 0.02)
  /// Scales (gamma) of batch norm: normal(1, 0.02), as in drnet-py.
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

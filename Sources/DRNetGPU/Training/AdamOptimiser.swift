import Foundation
import TensorEngine

/// Adam (Kingma & Ba 2015) over named parameters, as in torch.optim.Adam.
public final class AdamOptimiser {
  /// Running means of a parameter's gradient and of its square.
  struct Moments {
    var name: String
    var parameter: Parameter
    var first: Tensor
    var second: Tensor
  }

  /// The weights of one network, and their moments in the same order.
  private struct Network {
    var parameters: [Parameter]
    var weights: TensorGroup
    var first: TensorGroup
    var second: TensorGroup
    /// Memory for the last step's gradients; nil if they are not kept.
    var gradients: TensorGroup?
  }

  private let backend: any Backend
  private let op: Adam
  private var networks: [Network] = []
  let moments: [Moments]
  /// [learning rate / (1 - beta1^t), sqrt(1 - beta2^t)]: in device memory, so that a step's launches never change.
  private let schedule: Tensor

  static let beta2 = 0.999
  static let epsilon = 1e-8

  /// An optimiser of the weights among `parameters`. beta2 is 0.999, epsilon 1e-8.
  ///
  /// - Parameters:
  ///   - parameters: those of one network must be consecutive, in its order; only weights are updated.
  ///   - beta1: decay of the first moment.
  ///   - backend: allocates the moments.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public init(_ parameters: [(name: String, parameter: Parameter)], beta1: Double = 0.9, on backend: any Backend) throws
  {
    self.backend = backend
    op = Adam(beta1: beta1, beta2: Self.beta2, epsilon: Self.epsilon)
    schedule = try backend.allocate(TensorType([2], .plain))
    var names: [String] = []
    for (name, parameter) in parameters where parameter.kind == .weight {
      names.append(name)
      if networks.last?.weights !== parameter.group {
        let types = parameter.group.tensors.map(\.type)
        networks.append(
          Network(
            parameters: [], weights: parameter.group, first: try backend.allocateGroup(types),
            second: try backend.allocateGroup(types)))
      }
      networks[networks.count - 1].parameters.append(parameter)
    }
    let states = networks.flatMap { network in
      network.parameters.indices.map { (network.parameters[$0], network.first.tensors[$0], network.second.tensors[$0]) }
    }
    moments = zip(names, states).map { Moments(name: $0, parameter: $1.0, first: $1.1, second: $1.2) }
  }

  /// Sets the learning rate and the bias corrections of update number `step`, counted from 1. Call it before each run
  /// of the schedule that `update` recorded.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func begin(step: Int, learningRate: Float) throws {
    let exponent = Double(step)
    let first = 1 - pow(op.beta1, exponent)
    let second = (1 - pow(op.beta2, exponent)).squareRoot()
    try backend.upload(HostTensor([2], [Float(Double(learningRate) / first), Float(second)]), to: schedule)
  }

  /// Records one update of every network that has gradients. It is one launch per network, since a network's weights
  /// lie side by side in memory.
  /// - Throws: `AllocationError` if memory runs out, `DeviceError` if the device fails.
  public func update(with gradients: Gradients, on recorder: Recorder) throws {
    try update(with: gradients, keeping: false, on: recorder)
  }

  /// The same, with gradients that were scaled or that are read later.
  /// - Parameters:
  ///   - lossScale: the factor in the gradients; if one of them is not finite, no weight changes.
  ///   - keeping: whether to keep the gradients for `gradient(of:)`, which takes as much memory as the weights.
  func update(
    with gradients: Gradients, scaledBy lossScale: LossScale? = nil, keeping: Bool, on recorder: Recorder
  ) throws {
    lossScale?.check(networks.flatMap(\.parameters).compactMap { gradients[$0.tensor] }, on: recorder)
    for index in networks.indices {
      let network = networks[index]
      let found = network.parameters.compactMap { gradients[$0.tensor] }
      guard !found.isEmpty else { continue }
      precondition(found.count == network.parameters.count, "a part of a network has no gradients")
      if keeping { networks[index].gradients = try backend.allocateGroup(found.map(\.type)) }
      let group = recorder.group(found, keptIn: networks[index].gradients)
      for span in network.weights.spans.indices {
        let state = [network.weights, network.first, network.second].map { $0.spans[span] }
        let inputs = [state[0], group.spans[span], state[1], state[2], schedule]
        if let lossScale {
          recorder.run(ScaledAdam(op), inputs + [lossScale.state], into: state)
        } else {
          recorder.run(op, inputs, into: state)
        }
      }
    }
  }

  /// The gradient that the last step kept, times the loss scale if there is one; nil if it kept none.
  func gradient(of parameter: Parameter) throws -> HostTensor? {
    for network in networks {
      guard let index = network.parameters.firstIndex(where: { $0 === parameter }) else { continue }
      return try network.gradients.map { try backend.download($0.tensors[index]) }
    }
    return nil
  }
}

import Foundation

/// Adam (Kingma & Ba 2015) as torch.optim.Adam computes it, over named parameters.
public final class AdamOptimiser {
  /// Running means of a parameter's gradient and of its square.
  struct Moments {
    var name: String
    var parameter: Parameter
    var first: Tensor
    var second: Tensor
  }

  private let backend: any Backend
  private let op: Adam
  private(set) var moments: [Moments]
  /// [learning rate / (1 - beta1^t), sqrt(1 - beta2^t)]: in device memory, so that a step's launches never change.
  private let schedule: Tensor

  static let beta2 = 0.999
  static let epsilon = 1e-8

  init(_ parameters: [(name: String, parameter: Parameter)], beta1: Double, on backend: any Backend) throws {
    self.backend = backend
    op = Adam(beta1: beta1, beta2: Self.beta2, epsilon: Self.epsilon)
    schedule = try backend.allocate(TensorType([2], .plain))
    moments = try parameters.filter { $0.parameter.kind == .weight }.map { name, parameter in
      let zeros = HostTensor(parameter.type.shape)
      return Moments(
        name: name, parameter: parameter, first: try backend.upload(zeros, as: parameter.type.role),
        second: try backend.upload(zeros, as: parameter.type.role))
    }
  }

  /// Sets the learning rate and the bias corrections of update number `step`, counted from 1.
  func begin(step: Int, learningRate: Float) throws {
    let exponent = Double(step)
    let first = 1 - pow(op.beta1, exponent)
    let second = (1 - pow(op.beta2, exponent)).squareRoot()
    try backend.upload(HostTensor([2], [Float(Double(learningRate) / first), Float(second)]), to: schedule)
  }

  /// Moves every parameter that has a gradient.
  func update(with gradients: Gradients) throws {
    for moment in moments {
      guard let gradient = gradients[moment.parameter.tensor] else { continue }
      let state = [moment.parameter.tensor, moment.first, moment.second]
      try backend.run(op, [state[0], gradient, state[1], state[2], schedule], into: state)
    }
  }
}

/// One step of Adam, as in torch.optim.Adam: m' = beta1 m + (1 - beta1) g; v' = beta2 v + (1 - beta2) g^2;
/// w' = w - schedule[0] m' / (sqrt(v') / schedule[1] + epsilon).
///
/// Inputs w, g, m, v of one type, and schedule (2) plain: lr / (1 - beta1^t), sqrt(1 - beta2^t). Outputs w', m', v'.
public struct Adam: Op {
  public static let name = OpName.adam
  public static let inPlace = [0: 0, 1: 2, 2: 3]
  // Double, since 1 - 0.999 in single precision is wrong in the fifth digit.
  public var beta1: Double
  public var beta2: Double
  public var epsilon: Double

  public init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
  }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    precondition(inputs.count == 5, "\(Self.name) takes w, g, m, v and schedule")
    let w = inputs[0]
    precondition(inputs[1...3].allSatisfy { $0 == w }, "w, g, m and v are not of one type: \(inputs)")
    precondition(inputs[4] == TensorType(Shape(2), .plain), "schedule is \(inputs[4]), not two numbers")
    return [w, w, w]
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func reference<Scalar: ReferenceScalar>(_ inputs: [TensorView<Scalar>], into outputs: [TensorView<Scalar>]) {
    reference(inputs, unscale: 1, into: outputs)
  }

  /// Adam with gradients multiplied by `unscale`.
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  func reference<Scalar: ReferenceScalar>(
    _ inputs: [TensorView<Scalar>], unscale: Scalar, into outputs: [TensorView<Scalar>]
  ) {
    let (w, g, m, v) = (inputs[0].base, inputs[1].base, inputs[2].base, inputs[3].base)
    let (newW, newM, newV) = (outputs[0].base, outputs[1].base, outputs[2].base)
    let (rate, correction) = (inputs[4][0], inputs[4][1])
    let (keepMean, addMean) = (Scalar(beta1), Scalar(1 - beta1))
    let (keepSquare, addSquare) = (Scalar(beta2), Scalar(1 - beta2))
    let epsilon = Scalar(epsilon)
    parallelFor(inputs[0].count, grain: 16384) { range in
      for i in range {
        let gradient = unscale * g[i]
        let mean = keepMean * m[i] + addMean * gradient
        let square = keepSquare * v[i] + addSquare * gradient * gradient
        newW[i] = w[i] - rate * mean / (square.squareRoot() / correction + epsilon)
        newM[i] = mean
        newV[i] = square
      }
    }
  }

  public func plan(_ inputs: [TensorType], on device: DeviceTraits) -> LaunchPlan {
    let buffers: KernelArguments = [
      "w": .input(0), "g": .input(1), "m": .input(2), "v": .input(3), "schedule": .input(4), "new_w": .output(0),
      "new_m": .output(1), "new_v": .output(2),
    ]
    return LaunchPlan([.flat("adam", buffers + attributes, over: inputs[0], on: device)])
  }

  /// The kernel's arguments other than memory.
  var attributes: KernelArguments {
    [
      "beta1": .float(Float(beta1)), "one_minus_beta1": .float(Float(1 - beta1)), "beta2": .float(Float(beta2)),
      "one_minus_beta2": .float(Float(1 - beta2)), "epsilon": .float(Float(epsilon)),
    ]
  }

  public static var parityCases: [ParityCase] {
    [
      ("one number", .channels(1)), ("odd filter", .filter(5, 3, 7, 11)), ("linear", .filter(100, 10)),
      ("batch norm", .channels(69)), ("level", .filter(128, 64, 4, 4)),
      ("loose numbers", TensorType(Shape(19), .plain)),
    ].map { (name: String, type: TensorType) in
      // The step divides an error of 1e-7 by sqrt(v) >= 0.3 / 0.9, and multiplies it by at most 0.9.
      ParityCase(
        name, Adam(beta1: 0.5), [type, type, type, type, TensorType(Shape(2), .plain)],
        draws: [3: .uniform(0.1...1), 4: .uniform(0.1...0.9)])
    }
  }
}

import Foundation
import TensorEngine

/// A small network on the host for probes: linear layers with ReLU between them, trained with AdamW.
///
/// It does not use the tape: at this size a pass of a device would cost more than the products themselves, and a probe
/// must not depend on the device that it judges.
package struct ProbeNetwork: Sendable {
  /// What training minimises, a mean over rows.
  package enum Loss: Sendable {
    /// Softmax cross entropy; targets are 1 at the class and 0 elsewhere.
    case crossEntropy
    /// Mean squared error, also over columns.
    case squaredError
  }

  /// One linear layer, y = x W^T + b.
  package struct Layer: Sendable {
    package let inputs: Int
    package let outputs: Int
    /// W (outputs, inputs) row-major, then b.
    package var weights: [Float]
    /// Adam's first and second moments.
    fileprivate var moments: (first: [Float], second: [Float])

    package init(inputs: Int, outputs: Int, weights: [Float]) {
      precondition(weights.count == (inputs + 1) * outputs)
      (self.inputs, self.outputs, self.weights) = (inputs, outputs, weights)
      let zeros = [Float](repeating: 0, count: weights.count)
      moments = (zeros, zeros)
    }
  }

  package private(set) var layers: [Layer]
  private let loss: Loss
  private var steps = 0

  static let rate = 2e-3
  static let decay = 1e-2
  private static let betas = (0.9, 0.999)
  private static let epsilon = 1e-8

  /// A network of given layers.
  package init(_ layers: [Layer], loss: Loss) { (self.layers, self.loss) = (layers, loss) }

  /// Weights and biases uniform in +-1 / sqrt(inputs), as PyTorch's `nn.Linear` starts.
  /// - Parameter sizes: numbers of inputs, of each hidden layer, and of outputs.
  package init(sizes: [Int], loss: Loss, random: inout CounterRandom) {
    let layers = zip(sizes, sizes.dropFirst()).map { inputs, outputs in
      let bound = 1 / Float(inputs).squareRoot()
      return Layer(
        inputs: inputs, outputs: outputs,
        weights: (0..<(inputs + 1) * outputs).map { _ in random.uniform(in: -bound...bound) })
    }
    self.init(layers, loss: loss)
  }

  /// x (n, inputs) -> outputs (n, outputs): logits, or numbers.
  package func callAsFunction(_ x: HostTensor) -> HostTensor {
    let n = x.shape[0]
    return HostTensor([n, layers.last!.outputs], activations(x.values, rows: n).last!)
  }

  /// The loss of a batch: x (n, inputs), targets (n, outputs).
  package func error(of x: HostTensor, _ targets: HostTensor) -> Double {
    let outputs = self(x).values
    switch loss {
    case .squaredError:
      return zip(outputs, targets.values).reduce(0.0) { $0 + pow(Double($1.0 - $1.1), 2) } / Double(outputs.count)
    case .crossEntropy:
      let (n, columns) = (targets.shape[0], targets.shape[1])
      return (0..<n).reduce(0.0) { sum, row in
        let range = row * columns..<(row + 1) * columns
        let largest = Double(outputs[range].max()!)
        let normaliser = largest + log(range.reduce(0.0) { $0 + exp(Double(outputs[$1]) - largest) })
        return sum + range.reduce(0.0) { $0 + Double(targets.values[$1]) * (normaliser - Double(outputs[$1])) }
      } / Double(n)
    }
  }

  /// Updates the weights by one step of AdamW on a batch: x (n, inputs), targets (n, outputs).
  package mutating func step(_ x: HostTensor, _ targets: HostTensor) {
    let n = x.shape[0]
    let values = activations(x.values, rows: n)
    steps += 1
    var gradient = lossGradient(values.last!, targets.values, rows: n)
    for index in layers.indices.reversed() {
      let layer = layers[index]
      let weightGradient = layer.weightGradient(values[index], gradient, rows: n)
      if index > 0 {
        gradient = layer.inputGradient(gradient, rows: n)
        // ReLU passes a gradient where its output is positive.
        for element in gradient.indices where values[index][element] <= 0 { gradient[element] = 0 }
      }
      update(&layers[index], weightGradient)
    }
  }

  /// The input, and each layer's output after its ReLU; the last layer has none.
  private func activations(_ x: [Float], rows n: Int) -> [[Float]] {
    var values = [x]
    for (index, layer) in layers.enumerated() {
      var output = layer.output(values[index], rows: n)
      if index < layers.count - 1 { for element in output.indices { output[element] = max(output[element], 0) } }
      values.append(output)
    }
    return values
  }

  private func lossGradient(_ outputs: [Float], _ targets: [Float], rows n: Int) -> [Float] {
    switch loss {
    case .squaredError: return zip(outputs, targets).map { 2 * ($0 - $1) / Float(outputs.count) }
    case .crossEntropy:
      let columns = outputs.count / n
      var gradient = outputs
      for row in 0..<n {
        let range = row * columns..<(row + 1) * columns
        let largest = outputs[range].max()!
        var sum: Float = 0
        for index in range {
          gradient[index] = exp(outputs[index] - largest)
          sum += gradient[index]
        }
        for index in range { gradient[index] = (gradient[index] / sum - targets[index]) / Float(n) }
      }
      return gradient
    }
  }

  /// AdamW (Loshchilov and Hutter, 2019), as in PyTorch: all parameters decay.
  private func update(_ layer: inout Layer, _ gradient: [Float]) {
    let (beta1, beta2) = (Float(Self.betas.0), Float(Self.betas.1))
    let size = Float(Self.rate / (1 - pow(Self.betas.0, Double(steps))))
    let correction = Float(1 / (1 - pow(Self.betas.1, Double(steps))).squareRoot())
    let (kept, epsilon) = (Float(1 - Self.rate * Self.decay), Float(Self.epsilon))
    // Through pointers the compiler vectorises it; with a wide input it would cost as much as the products otherwise.
    layer.weights.withUnsafeMutableBufferPointer { weights in
      layer.moments.first.withUnsafeMutableBufferPointer { firsts in
        layer.moments.second.withUnsafeMutableBufferPointer { seconds in
          gradient.withUnsafeBufferPointer { gradient in
            for index in 0..<gradient.count {
              let slope = gradient[index]
              let first = beta1 * firsts[index] + (1 - beta1) * slope
              let second = beta2 * seconds[index] + (1 - beta2) * slope * slope
              (firsts[index], seconds[index]) = (first, second)
              weights[index] = kept * weights[index] - size * first / (second.squareRoot() * correction + epsilon)
            }
          }
        }
      }
    }
  }
}

extension ProbeNetwork.Layer {
  /// x (n, inputs) -> (n, outputs).
  fileprivate func output(_ x: [Float], rows n: Int) -> [Float] {
    var y = [Float](repeating: 0, count: n * outputs)
    for row in 0..<n {
      for column in 0..<outputs { y[row * outputs + column] = weights[inputs * outputs + column] }
    }
    Float.gemm(
      transposeA: false, transposeB: true, m: n, n: outputs, k: inputs, alpha: 1, x, leadingA: inputs, weights,
      leadingB: inputs, beta: 1, &y, leadingC: outputs)
    return y
  }

  /// The gradient of W and b, laid out like `weights`.
  fileprivate func weightGradient(_ x: [Float], _ gradient: [Float], rows n: Int) -> [Float] {
    var result = [Float](repeating: 0, count: weights.count)
    Float.gemm(
      transposeA: true, transposeB: false, m: outputs, n: inputs, k: n, alpha: 1, gradient, leadingA: outputs, x,
      leadingB: inputs, beta: 0, &result, leadingC: inputs)
    for row in 0..<n {
      for column in 0..<outputs { result[inputs * outputs + column] += gradient[row * outputs + column] }
    }
    return result
  }

  /// The gradient of x, (n, inputs).
  fileprivate func inputGradient(_ gradient: [Float], rows n: Int) -> [Float] {
    var result = [Float](repeating: 0, count: n * inputs)
    Float.gemm(
      transposeA: false, transposeB: false, m: n, n: inputs, k: outputs, alpha: 1, gradient, leadingA: outputs,
      weights, leadingB: inputs, beta: 0, &result, leadingC: inputs)
    return result
  }
}

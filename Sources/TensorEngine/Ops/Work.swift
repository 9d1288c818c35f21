/// What an op must do at least, whatever computes it.
public struct Work: Hashable, Sendable {
  /// Multiplications and additions in sums of products; 0 where the time goes into moving memory.
  public var operations: Int
  /// Each input read once and each output written once.
  public var bytes: Int

  public init(operations: Int, bytes: Int) {
    self.operations = operations
    self.bytes = bytes
  }

  public static let none = Work(operations: 0, bytes: 0)

  public static func + (a: Work, b: Work) -> Work {
    Work(operations: a.operations + b.operations, bytes: a.bytes + b.bytes)
  }

  public static func * (work: Work, count: Int) -> Work {
    Work(operations: work.operations * count, bytes: work.bytes * count)
  }
}

extension TensorType {
  /// Bytes of the elements, without what a device pads.
  package func bytes(_ precision: Precision = .float) -> Int {
    let isHalf = BlockedLayout(self, precision).isHalf
    return shape.count * (isHalf ? MemoryLayout<Float16>.stride : MemoryLayout<Float>.stride)
  }
}

extension Op {
  public func work(_ inputs: [TensorType]) -> Work { Work(operations: 0, bytes: movedBytes(inputs)) }

  fileprivate func movedBytes(_ inputs: [TensorType]) -> Int {
    (inputs + outputTypes(inputs)).reduce(0) { $0 + $1.bytes() }
  }

  /// Work of an op that is one `Convolution` from x to y: a product and a sum for each element of y and each place of
  /// its window, those over padding included.
  fileprivate func convolutionWork(_ inputs: [TensorType], y: TensorType, w: TensorType) -> Work {
    Work(operations: 2 * y.shape.count * (w.shape.count / w.shape[0]), bytes: movedBytes(inputs))
  }
}

extension Conv2DForward {
  public func work(_ inputs: [TensorType]) -> Work {
    convolutionWork(inputs, y: outputTypes(inputs)[0], w: inputs[1])
  }
}

extension Conv2DBackwardInput {
  public func work(_ inputs: [TensorType]) -> Work { convolutionWork(inputs, y: inputs[0], w: inputs[1]) }
}

extension Conv2DBackwardWeight {
  public func work(_ inputs: [TensorType]) -> Work {
    convolutionWork(inputs, y: inputs[1], w: outputTypes(inputs)[0])
  }
}

extension ConvTranspose2DForward {
  public func work(_ inputs: [TensorType]) -> Work { convolutionWork(inputs, y: inputs[0], w: inputs[1]) }
}

extension ConvTranspose2DBackwardInput {
  public func work(_ inputs: [TensorType]) -> Work {
    convolutionWork(inputs, y: outputTypes(inputs)[0], w: inputs[1])
  }
}

extension ConvTranspose2DBackwardWeight {
  public func work(_ inputs: [TensorType]) -> Work {
    convolutionWork(inputs, y: inputs[0], w: outputTypes(inputs)[0])
  }
}

extension LinearForward {
  public func work(_ inputs: [TensorType]) -> Work {
    convolutionWork(inputs, y: outputTypes(inputs)[0], w: inputs[1])
  }
}

extension LinearBackwardInput {
  public func work(_ inputs: [TensorType]) -> Work { convolutionWork(inputs, y: inputs[0], w: inputs[1]) }
}

extension LinearBackwardWeight {
  public func work(_ inputs: [TensorType]) -> Work {
    convolutionWork(inputs, y: inputs[1], w: outputTypes(inputs)[0])
  }
}

extension LSTMForward {
  /// The products with w.
  public func work(_ inputs: [TensorType]) -> Work {
    Work(operations: 2 * inputs[1].shape.channels * inputs[0].shape.count, bytes: movedBytes(inputs))
  }
}

extension LSTMBackward {
  /// The products with w, of which the last time step needs none.
  public func work(_ inputs: [TensorType]) -> Work {
    let (gates, state) = (inputs[0].shape, inputs[2].shape)
    let rows = gates.batch - state.batch
    return Work(operations: 2 * state.channels * rows * gates.channels, bytes: movedBytes(inputs))
  }
}

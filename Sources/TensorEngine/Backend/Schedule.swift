/// A computation as a value: its ops in order, each with the memory that it reads and writes.
///
/// Memory is fixed (parameters, optimiser state, inputs that are filled before each run, outputs that are read after
/// it) or temporary: used only within a run, and placed by a `MemoryPlan`.
public struct Schedule {
  /// One op on memory.
  public struct Call {
    public let op: any Op
    let inputs: [Operand]
    let outputs: [Operand]

    public var inputTypes: [TensorType] { inputs.map(\.type) }

    /// For each output, the input whose memory it takes, or nil.
    package var updatedInputs: [Int?] { outputs.map { output in inputs.firstIndex { $0.memory == output.memory } } }
  }

  package struct Operand {
    /// May differ from the memory's type by a reshape.
    let type: TensorType
    let memory: Memory
  }

  package enum Memory: Equatable {
    case fixed(Tensor)
    /// Index of a temporary.
    case temporary(Int)

    package static func == (left: Memory, right: Memory) -> Bool {
      switch (left, right) {
      case (.fixed(let left), .fixed(let right)): left === right
      case (.temporary(let left), .temporary(let right)): left == right
      default: false
      }
    }
  }

  /// Memory that is used only within a run.
  package struct Temporary {
    let type: TensorType
    /// The temporary that contains it, and the offset there in floats; nil if none does.
    var place: (whole: Int, offset: Int)?
  }

  public let calls: [Call]
  package let temporaries: [Temporary]

  /// The first and last call that use each temporary; nil if none does. A call that uses a part uses the whole.
  package var lifetimes: [ClosedRange<Int>?] {
    var lifetimes = [ClosedRange<Int>?](repeating: nil, count: temporaries.count)
    func extend(_ index: Int, to call: Int) {
      lifetimes[index] = (lifetimes[index]?.lowerBound ?? call)...call
      if let whole = temporaries[index].place?.whole { extend(whole, to: call) }
    }
    for (number, call) in calls.enumerated() {
      for case .temporary(let index) in (call.inputs + call.outputs).map(\.memory) { extend(index, to: number) }
    }
    return lifetimes
  }
}

/// A computation as a value: its ops in order, and for each the memory that it reads and writes.
///
/// Memory is fixed (parameters, optimiser state, inputs that are filled anew for each run, outputs that are read after
/// it) or temporary: needed from one op to another within a run, and placed by a `MemoryPlan`.
public struct Schedule {
  /// One op on memory.
  public struct Call {
    public let op: any Op
    let inputs: [Operand]
    let outputs: [Operand]

    public var inputTypes: [TensorType] { inputs.map(\.type) }

    /// For each output the input whose memory it takes, or nil.
    package var updatedInputs: [Int?] { outputs.map { output in inputs.firstIndex { $0.memory == output.memory } } }
  }

  package struct Operand {
    /// May differ from that of the memory by a reshape.
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

  /// Memory that nobody reads before a run or after it.
  package struct Temporary {
    let type: TensorType
    /// The temporary that it is a part of, and where in floats; nil where it stands by itself.
    var place: (whole: Int, offset: Int)?
  }

  public let calls: [Call]
  package let temporaries: [Temporary]

  /// First and last call that touches each temporary; nil where none does. What touches a part touches the whole.
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

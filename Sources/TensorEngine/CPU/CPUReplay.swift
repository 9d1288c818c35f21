/// A schedule on the host: references in order, on memory that is allocated beforehand.
final class CPUReplay: Replay {
  private struct Call {
    let call: Schedule.Call
    let inputs: [TensorView<Float>]
    let outputs: [TensorView<Float>]
  }

  /// The memory that views of temporaries point into.
  private let arenas: [Tensor]
  private let calls: [Call]
  private let perform: (Schedule.Call, () -> Void) -> Void

  init(
    _ schedule: Schedule, arenas: [Tensor], perform: @escaping (Schedule.Call, () -> Void) -> Void,
    view: (Schedule.Operand) -> TensorView<Float>
  ) {
    self.arenas = arenas
    self.perform = perform
    calls = schedule.calls.map { Call(call: $0, inputs: $0.inputs.map(view), outputs: $0.outputs.map(view)) }
  }

  func run() {
    for entry in calls { perform(entry.call) { entry.call.op.reference(entry.inputs, into: entry.outputs) } }
  }
}

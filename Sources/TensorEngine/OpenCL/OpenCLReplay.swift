/// A schedule on an OpenCL device: its launches in order. Each has its own kernel object, whose arguments are all set
/// beforehand, so a run only enqueues.
final class OpenCLReplay: Replay {
  enum Command {
    case launch(PreparedPlan.Launch)
    /// Zeroes a whole tensor.
    case clear(MemoryBlock)
  }

  private let backend: OpenCLBackend
  private let commands: [Command]
  private let arenas: Arenas
  /// Keeps alive the plans of `commands` and the tensors that they use.
  private let plans: [PreparedPlan]
  private let tensors: [Tensor]
  /// Completes when the last run is done.
  private var end: OpenCLEvent?

  init(
    _ backend: OpenCLBackend, _ commands: [Command], arenas: Arenas, _ plans: [PreparedPlan], _ tensors: [Tensor]
  ) {
    self.backend = backend
    self.commands = commands
    self.arenas = arenas
    self.plans = plans
    self.tensors = tensors
  }

  func run() throws {
    let queue = backend.queue
    try arenas.enter(self, queue)
    for command in commands {
      switch command {
      case .launch(let launch): try backend.enqueue(launch)
      case .clear(let block): try block.fill(0, queue)
      }
    }
    let before = end
    end = nil
    end = try queue.mark()
    try queue.flush()
    if let before { try queue.check(before.wait(), "waiting for the queue") }
  }
}

/// Memory that several schedules use in turn.
final class Arenas {
  let pieces: [Tensor]
  private let blocks: [MemoryBlock]
  private weak var user: OpenCLReplay?
  private var isClean = true

  init(_ pieces: [Tensor], _ blocks: [MemoryBlock]) {
    self.pieces = pieces
    self.blocks = blocks
  }

  /// Called before each run, since another schedule may have written to this one's padding.
  func enter(_ replay: OpenCLReplay, _ queue: CommandQueue) throws(DeviceError) {
    if !isClean, user !== replay {
      for block in blocks { try block.fill(0, queue) }
    }
    user = replay
    isClean = false
  }
}

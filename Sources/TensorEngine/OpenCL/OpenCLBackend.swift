import COpenCL

/// Runs ops on an OpenCL device. It knows no op by name: it enqueues the launches that each op plans.
public final class OpenCLBackend: Backend {
  private struct PlanKey: Hashable {
    let op: AnyHashable
    let inputs: [TensorType]
  }

  public let description: String
  public let traits: DeviceTraits
  let queue: CommandQueue
  private let pool: BufferPool
  let programs: ProgramCache
  private let staging: StagingMemory
  private let runAhead: RunAhead
  private let memoryMode: MemoryMode
  private let times: KernelTimes?
  private var plans: [PlanKey: PreparedPlan] = [:]

  /// Tilings measured on this device; nil if none are looked up.
  private var tuning: TuningTable?
  private let tuningFolder: ProgramFolder?
  /// Matrix products planned so far, and for each whether its tiling was measured.
  private var isTuned: [PlanKey: Bool] = [:]

  /// Every kernel that was enqueued, with its macro definitions.
  public internal(set) var enqueuedKernels: Set<KernelVariant> = []

  /// Opens a device and loads the tilings that were measured on it.
  ///
  /// - Parameters:
  ///   - device: one of an `OpenCLInventory`.
  ///   - memoryLimit: maximum bytes of device memory; nil for all of it.
  ///   - memoryMode: how memory is allocated; nil for the mode that the variable DRNET_MEMORY names.
  ///   - profiling: whether to time every launch; see `takeTimes`.
  ///   - precision: the format in which feature maps are stored.
  /// - Throws: `DeviceError` if the device fails or does not support mixed precision.
  public convenience init(
    _ device: OpenCLDevice, memoryLimit: Int? = nil, memoryMode: MemoryMode? = nil, profiling: Bool = false,
    precision: Precision = .float
  ) throws {
    var traits = DeviceTraits(device.facts)
    traits.precision = precision
    if let reason = traits.precisionHindrance {
      throw DeviceError.noMixedPrecision(device.facts.name, reason: reason)
    }
    try self.init(
      device, memoryLimit: memoryLimit, memoryMode: memoryMode ?? .fromEnvironment(), profiling: profiling,
      library: .embedded, programFolder: .standard, tuningFolder: .standard, traits: traits)
  }

  /// - Parameters:
  ///   - programFolder: the folder of compiled programs; nil to store none.
  ///   - tuningFolder: the folder of measured tilings; nil to plan by estimates only.
  init(
    _ device: OpenCLDevice, memoryLimit: Int? = nil, memoryMode: MemoryMode = .pooled, profiling: Bool = false,
    library: KernelLibrary, programFolder: ProgramFolder?, tuningFolder: ProgramFolder? = nil,
    traits: DeviceTraits? = nil
  ) throws(DeviceError) {
    let facts = device.facts
    self.traits = traits ?? DeviceTraits(facts)
    // Sums are split over the compute units, so that their number is part of which device rounds how.
    let units = self.traits.computeUnits == 1 ? "1 compute unit" : "\(self.traits.computeUnits) compute units"
    description = "OpenCL device \(facts.name) (\(facts.platform), \(units))"
    queue = try CommandQueue(device, profiling: profiling)
    pool = BufferPool(queue, limit: memoryLimit, mode: memoryMode, precision: self.traits.precision)
    programs = ProgramCache(queue, library: library, folder: programFolder)
    staging = StagingMemory(queue)
    runAhead = RunAhead(queue)
    times = profiling ? KernelTimes() : nil
    self.memoryMode = memoryMode
    self.tuningFolder = tuningFolder
    tuning = tuningFolder.map {
      TuningTable.load(key: TuningTable.key(of: facts, self.traits.precision, library), from: $0)
    }
  }

  public var heldBytes: Int { pool.heldBytes }

  public var memoryTraits: MemoryTraits {
    let float = MemoryLayout<Float>.stride
    let facts = queue.device.facts
    return MemoryTraits(
      isBlocked: true, precision: traits.precision, alignment: max(facts.alignmentBytes / float, 1),
      largestPiece: facts.largestAllocationBytes / float,
      isShared: memoryMode == .pooled)
  }

  /// Where facts about this device are remembered, under a key of its driver and our kernels; nil if nowhere.
  var memory: (folder: ProgramFolder, key: String)? {
    guard let tuningFolder, let key = tuning?.key else { return nil }
    return (tuningFolder, key)
  }

  /// Number of programs that were compiled, and of those that were loaded from disk.
  var programCounts: ProgramCache.Counts { programs.counts }

  public func allocate(_ type: TensorType) throws -> Tensor {
    let buffer = try pool.take(type)
    // Copied, not filled: Oclgrind reports filled memory as uninitialised, even if it is written later.
    if memoryMode != .pooled { try staging.upload(HostTensor(type.shape, repeating: .nan), to: buffer.block) }
    return Tensor(type, storage: buffer)
  }

  public func allocatePiece(floats count: Int) throws -> Tensor {
    let type = TensorType([count], .plain)
    return Tensor(type, storage: try pool.take(type, zeroed: true))
  }

  public func part(of piece: Tensor, at offset: Int, _ type: TensorType) throws -> Tensor {
    do throws(OpenCLStatus) {
      let block = try buffer(piece).part(type, at: offset * MemoryLayout<Float>.stride)
      return Tensor(type, storage: DeviceBuffer(block, pool: nil))
    } catch {
      throw DeviceError.call(error, doing: "dividing memory on \(queue.device.facts.name)")
    }
  }

  public func upload(_ host: HostTensor, to tensor: Tensor) throws {
    precondition(host.shape == tensor.shape, "uploading \(host.shape) to \(tensor.shape)")
    try staging.upload(host, to: block(tensor))
  }

  public func download(_ tensor: Tensor) throws -> HostTensor {
    let host = try staging.download(block(tensor))
    programs.store()
    return host
  }

  public func queueDownload(_ tensor: Tensor) throws -> PendingDownload {
    let download = try staging.queueDownload(block(tensor))
    return PendingDownload { try download.value() }
  }

  public func finish() throws {
    try queue.finish()
    try staging.retire()
    programs.store()
  }

  public func run(_ op: any Op, _ inputs: [Tensor], into outputs: [Tensor]) throws {
    op.requireDeclaredSharing(inputs, outputs)
    let key = PlanKey(op: AnyHashable(op), inputs: inputs.map(\.type))
    if let plan = plans[key] { return try enqueue(plan, inputs, outputs) }
    let plan = try prepare(plan(op, key.inputs))
    plans[key] = plan
    try enqueue(plan, inputs, outputs)
  }

  /// The launches of an op on this device. Traps on an op outside of the catalogue, which no test covers.
  func plan(_ op: any Op, _ inputs: [TensorType]) -> LaunchPlan {
    precondition(type(of: op).name.type == type(of: op), "\(type(of: op)) is not in the catalogue of ops")
    guard op.takesTiling(inputs) else { return op.plan(inputs, on: traits) }
    let entry = tuning?.entry(op, inputs)
    isTuned[PlanKey(op: AnyHashable(op), inputs: inputs)] = entry != nil
    return op.plan(inputs, on: entry?.tiling.map(traits.with) ?? traits)
  }

  /// Says in one line whether the plans so far use measured tilings.
  public var tuningSummary: String {
    let tuned = isTuned.values.count { $0 }
    if tuned == 0 { return "not tuned: tilings are estimated; drnet tune measures them" }
    return "tuned: \(tuned) of \(isTuned.count) matrix products use measured tilings"
  }

  /// Uses these measurements from now on, and stores them for later runs if there is a folder.
  /// - Returns: the file.
  /// - Throws: `FileError` if the file cannot be written.
  package func keep(_ entries: [TuningTable.Entry]) throws -> String? {
    guard let tuningFolder else { return nil }
    tuning?.insert(entries)
    plans = [:]
    return try tuning?.store(in: tuningFolder).path
  }

  package func prepare(_ plan: LaunchPlan) throws(DeviceError) -> PreparedPlan {
    try PreparedPlan(plan, programs: programs)
  }

  package func enqueue(_ plan: PreparedPlan, _ inputs: [Tensor], _ outputs: [Tensor]) throws {
    // Workspaces return to the pool here; their next use is queued after these launches.
    let workspaces = try plan.workspaces.map(allocate)
    for launch in plan.launches {
      try setMemory(of: launch, inputs, outputs, workspaces)
      try enqueue(launch)
    }
    if !plan.wasEnqueued {
      plan.wasEnqueued = true
      enqueuedKernels.formUnion(plan.launches.map(\.variant))
    }
  }

  /// Sets the memory arguments of a launch.
  func setMemory(
    of launch: PreparedPlan.Launch, _ inputs: [Tensor], _ outputs: [Tensor], _ workspaces: [Tensor]
  ) throws(DeviceError) {
    for (position, argument) in launch.memory {
      let tensor: Tensor
      switch argument {
      case .input(let index): tensor = inputs[index]
      case .output(let index): tensor = outputs[index]
      case .workspace(let index): tensor = workspaces[index]
      case .int, .float: continue
      }
      var memory: cl_mem? = block(tensor).memory.handle
      let status = clSetKernelArg(launch.kernel.handle, position, MemoryLayout<cl_mem?>.size, &memory)
      try queue.check(status, "setting argument \(position) of kernel \(launch.variant.kernel)")
    }
  }

  func enqueue(_ launch: PreparedPlan.Launch) throws(DeviceError) {
    var event: cl_event?
    let isTimed = times != nil
    let status = withUnsafeMutablePointer(to: &event) { event in
      clEnqueueNDRangeKernel(
        queue.queue, launch.kernel.handle, cl_uint(launch.globalSize.count), nil, launch.globalSize, launch.localSize,
        0, nil,
        isTimed ? event : nil)
    }
    try queue.check(status, "running kernel \(launch.variant.kernel)")
    if let event { times?.add(launch.variant, OpenCLEvent(event)) }
    try runAhead.launched()
  }

  /// Waits for the queue and returns the time of each launch since the last call; empty unless profiling.
  package func takeTimes() throws -> [KernelTime] {
    try finish()
    return times?.take() ?? []
  }

  /// Types of the tensors whose guards were overwritten; waits for the queue. Always empty unless memory is guarded.
  /// - Throws: `DeviceError` if the device fails.
  public func overruns() throws -> [TensorType] { try pool.overruns() }

  /// All values that the device holds for a tensor, padding included.
  func deviceValues(_ tensor: Tensor) throws(DeviceError) -> [Float] {
    let block = block(tensor)
    var bytes = [UInt8](repeating: 0, count: block.contentBytes)
    let status = clEnqueueReadBuffer(
      queue.queue, block.memory.handle, cl_bool(CL_TRUE), 0, block.contentBytes, &bytes, 0, nil, nil)
    try queue.check(status, "downloading \(tensor.type)")
    return bytes.withUnsafeBytes {
      block.layout.isHalf ? $0.bindMemory(to: Float16.self).map(Float.init) : Array($0.bindMemory(to: Float.self))
    }
  }

  func block(_ tensor: Tensor) -> MemoryBlock { buffer(tensor).block }

  private func buffer(_ tensor: Tensor) -> DeviceBuffer {
    guard let buffer = tensor.storage as? DeviceBuffer else {
      preconditionFailure("a tensor of another backend was passed to \(description)")
    }
    return buffer
  }
}

extension DeviceTraits {
  /// The properties of a device that plans may depend on.
  init(_ facts: DeviceFacts) {
    let kind: Kind =
      switch facts.kind {
      case .gpu: .gpu
      case .cpu: .cpu
      case .accelerator, .other: .accelerator
      }
    self.init(
      kind: kind, computeUnits: facts.computeUnits, maxWorkGroupSize: facts.maxWorkGroupSize,
      localMemoryBytes: facts.localMemoryBytes, nativeVectorWidth: facts.floatVectorWidth,
      subGroupWidth: facts.subGroupWidth)
  }
}

extension OpenCLBackend {
  public func prepare(_ schedules: [Schedule]) throws -> [any Replay] {
    let planned = schedules.map { $0.calls.map { plan($0.op, $0.inputTypes) } }
    let layouts = zip(schedules, planned).map { schedule, plans in
      Schedule.Layout(of: schedule, workspaces: plans.map(\.workspaces))
    }
    let placements = memoryTraits.isShared ? layouts.map { MemoryPlan($0.items, memoryTraits) } : []
    // Includes the kernels that clear memory: compiling them later would cost another start of the compiler.
    let clearings = placements.flatMap(\.clearings).compactMap { KernelLaunch.clearPadding(of: $0.type, on: traits) }
    try programs.prepare((planned.joined().flatMap(\.launches) + clearings).map(\.variant))
    let plans = try planned.map { try $0.map(prepare) }
    let pieces = try MemoryPlan.arenas(of: placements).map { try allocatePiece(floats: $0) }
    let arenas = Arenas(pieces, pieces.map(block))
    return try schedules.indices.map { index in
      var preparation = Preparation(
        backend: self, schedule: schedules[index], layout: layouts[index],
        placement: placements.isEmpty ? nil : placements[index], arenas: arenas, plans: plans[index])
      return try preparation.replay()
    }
  }
}

/// Turns a schedule with compiled kernels into commands on memory.
private struct Preparation {
  let backend: OpenCLBackend
  let schedule: Schedule
  let layout: Schedule.Layout
  /// nil if each tensor has memory of its own.
  let placement: MemoryPlan?
  let arenas: Arenas
  /// Plans of the calls, then those of clearings.
  var plans: [PreparedPlan]
  private var commands: [OpenCLReplay.Command] = []
  private var tensors: [Tensor] = []
  /// Tensors that are parts of an item, by temporary.
  private var parts: [Int: Tensor] = [:]

  init(
    backend: OpenCLBackend, schedule: Schedule, layout: Schedule.Layout, placement: MemoryPlan?, arenas: Arenas,
    plans: [PreparedPlan]
  ) {
    self.backend = backend
    self.schedule = schedule
    self.layout = layout
    self.placement = placement
    self.arenas = arenas
    self.plans = plans
  }

  mutating func replay() throws -> OpenCLReplay {
    let items = try layout.items.indices.map { index in
      guard let placement else { return try backend.allocate(layout.items[index].type) }
      return try tensor(at: placement.places[index], layout.items[index].type)
    }
    tensors = items
    var clearings = (placement?.clearings ?? [])[...]
    for (number, call) in schedule.calls.enumerated() {
      while let clearing = clearings.first, clearing.call == number { try clear(clearings.removeFirst()) }
      let inputs = try call.inputs.map { try tensor($0, items) }
      let outputs = try call.outputs.map { try tensor($0, items) }
      let workspaces = layout.workspaces[number].map { items[$0] }
      for launch in plans[number].launches {
        try backend.setMemory(of: launch, inputs, outputs, workspaces)
        commands.append(.launch(launch))
      }
    }
    backend.enqueuedKernels.formUnion(plans.flatMap { $0.launches.map(\.variant) })
    return OpenCLReplay(backend, commands, arenas: arenas, plans, tensors)
  }

  private mutating func tensor(_ operand: Schedule.Operand, _ items: [Tensor]) throws -> Tensor {
    switch operand.memory {
    case .fixed(let tensor): return tensor
    case .temporary(let index):
      let (item, offset) = layout.temporaries[index]!
      guard let placement, !layout.items[item].parts.isEmpty else { return items[item] }
      if let part = parts[index] { return part }
      var place = placement.places[item]
      place.offset += offset
      let part = try tensor(at: place, schedule.temporaries[index].type)
      parts[index] = part
      return part
    }
  }

  private mutating func tensor(at place: MemoryPlan.Place, _ type: TensorType) throws -> Tensor {
    let tensor = try backend.part(of: arenas.pieces[place.arena], at: place.offset, type)
    tensors.append(tensor)
    return tensor
  }

  private mutating func clear(_ clearing: MemoryPlan.Clearing) throws {
    let target = try tensor(at: clearing.place, clearing.type)
    guard let launch = KernelLaunch.clearPadding(of: clearing.type, on: backend.traits) else {
      commands.append(.clear(backend.block(target)))
      return
    }
    let plan = try backend.prepare(LaunchPlan([launch]))
    try backend.setMemory(of: plan.launches[0], [], [target], [])
    plans.append(plan)
    commands.append(.launch(plan.launches[0]))
  }
}

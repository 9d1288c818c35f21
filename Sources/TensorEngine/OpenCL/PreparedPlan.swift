import COpenCL

/// A plan with compiled kernels and constant arguments set: only memory arguments and enqueueing remain.
package final class PreparedPlan {
  /// One launch, with its own kernel object, so that constant arguments are set only once.
  struct Launch {
    let kernel: OpenCLKernel
    let variant: KernelVariant
    /// Memory arguments, which differ between runs, with their positions.
    let memory: [(position: UInt32, argument: KernelArgument)]
    let globalSize: [Int]
    let localSize: [Int]?
  }

  let launches: [Launch]
  let workspaces: [TensorType]
  var wasEnqueued = false

  init(_ plan: LaunchPlan, programs: ProgramCache) throws(DeviceError) {
    var launches: [Launch] = []
    for launch in plan.launches { launches.append(try Self.prepare(launch, programs)) }
    self.launches = launches
    workspaces = plan.workspaces.map { TensorType(Shape($0), .plain) }
  }

  private static func prepare(_ launch: KernelLaunch, _ programs: ProgramCache) throws(DeviceError) -> Launch {
    if let fault = programs.library.signature(ofKernel: launch.kernel).fault(in: launch.arguments) {
      preconditionFailure("kernel \(launch.kernel): \(fault)")
    }
    let kernel = try programs.kernel(launch.kernel, defines: launch.defines)
    var memory: [(UInt32, KernelArgument)] = []
    for (index, argument) in launch.arguments.values.enumerated() {
      let position = UInt32(index)
      let status =
        switch argument {
        case .int(var value): clSetKernelArg(kernel.handle, position, MemoryLayout<Int32>.size, &value)
        case .float(var value): clSetKernelArg(kernel.handle, position, MemoryLayout<Float>.size, &value)
        case .input, .output, .workspace: CL_SUCCESS
        }
      switch argument {
      case .int, .float: break
      case .input, .output, .workspace: memory.append((position, argument))
      }
      if status != CL_SUCCESS {
        throw .call(OpenCLStatus(status), doing: "setting argument \(index) of kernel \(launch.kernel)")
      }
    }
    return Launch(
      kernel: kernel, variant: launch.variant, memory: memory,
      globalSize: launch.globalSize, localSize: launch.localSize)
  }
}

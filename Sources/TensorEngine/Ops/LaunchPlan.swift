/// One kernel enqueued over one index space.
public struct KernelLaunch: Hashable, Sendable {
  /// Name of a `__kernel` function in `Sources/Kernels/cl`.
  public var kernel: String
  /// Macro definitions for the compiler. Keep them few: each distinct set is compiled separately.
  public var defines: [String: String]
  public var arguments: KernelArguments
  /// The global size, along 1 to 3 axes.
  public var globalSize: [Int]
  /// The work-group size; nil to let the driver choose.
  public var localSize: [Int]?

  public init(
    _ kernel: String, defines: [String: String] = [:], _ arguments: KernelArguments, over globalSize: [Int],
    groups localSize: [Int]? = nil
  ) {
    self.kernel = kernel
    self.defines = defines
    self.arguments = arguments
    self.globalSize = globalSize
    self.localSize = localSize
  }
}

/// The kernels that compute one op, in order, and the scratch memory they share.
public struct LaunchPlan: Hashable, Sendable {
  public var launches: [KernelLaunch]
  /// Floats in each scratch buffer; contents are undefined at the start.
  public var workspaces: [Int]

  public init(_ launches: [KernelLaunch], workspaces: [Int] = []) {
    self.launches = launches
    self.workspaces = workspaces
  }
}

/// A kernel and its macro definitions.
public struct KernelVariant: Hashable, Sendable {
  public var kernel: String
  public var defines: [String: String]

  public init(kernel: String, defines: [String: String]) {
    self.kernel = kernel
    self.defines = defines
  }
}

extension KernelLaunch {
  var variant: KernelVariant { KernelVariant(kernel: kernel, defines: defines) }
}

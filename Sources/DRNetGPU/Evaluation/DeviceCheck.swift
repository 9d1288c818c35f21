import TensorEngine

/// A short comparison of a device with the CPU backend, by which a device or driver that computes wrongly is noticed before
/// a training relies on it: one step of a tiny model, forwards and backwards.
package enum DeviceCheck {
  /// What a device may differ by, as a multiple of the tolerance of `drnet compare`, 1e-4 of a gradient's largest element.
  /// Rounding can move a number of so few across the kink of a rectifier; a device that computes wrongly is off by far
  /// more than a tenth.
  private static let toleratedMultiple = 1000.0

  /// What differs, in a few words; nil if nothing does.
  /// - Throws: what the backend throws.
  package static func fault(of backend: any Backend) throws -> String? {
    var configuration = RunConfiguration()
    (configuration.width, configuration.contentDim, configuration.poseDim) = (4, 8, 3)
    (configuration.batchSize, configuration.steps) = (4, 1)
    let source = try configuration.openClips()
    configuration.channels = source.channels
    let comparison = try BackendComparison(configuration, source, a: CPUBackend(), b: backend)
    let worst = comparison.rows.filter { $0.name.hasPrefix("gradient") }.max {
      $0.shareOfTolerance < $1.shareOfTolerance
    }
    guard let worst, worst.shareOfTolerance > toleratedMultiple || worst.shareOfTolerance.isNaN else { return nil }
    return "the \(worst.name) is off by \(worst.largestDifference)"
  }
}

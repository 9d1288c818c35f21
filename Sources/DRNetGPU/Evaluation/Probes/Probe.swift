import TensorEngine

/// A reader of one factor, fitted to the features of training clips.
package protocol Probe {
  /// The predictions for features (n, D), which are standardised like those that it was fitted to: (n, K), one column for
  /// each class, of which the largest counts, or the numbers.
  func predict(_ features: HostTensor) -> HostTensor
}

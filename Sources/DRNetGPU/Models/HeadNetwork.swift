/// How an encoder makes a vector of its last feature map, at 4 x 4 pixels (3 x 3 for resnet18).
public enum HeadNetwork: String, CaseIterable, Codable, Sendable {
  /// A convolution over the whole map, with weights for each place: that of drnet-py.
  case convolution
  /// The mean over the map, then a linear layer. The vector tells what there is in a frame; that it tells less of the
  /// place is what a content encoder needs.
  case pooled

  /// The head that a last convolution (D, C, R, R) belongs to.
  init(window: Int) { self = window == 1 ? .pooled : .convolution }
}

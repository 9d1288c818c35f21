import TensorEngine

/// How an encoder makes a vector of its last feature map.
public enum HeadNetwork: String, CaseIterable, Codable, Sendable {
  /// A convolution over the whole map of 4 x 4 pixels (3 x 3 for resnet18), with weights for each place: that of drnet-py.
  case convolution
  /// The mean over the map, with dcgan without skips one of 8 x 8 pixels, then a linear layer. The vector tells what there
  /// is in a frame; that it tells less of the place is what a content encoder needs.
  case pooled
  /// The sigmoid of the largest element of each row and of each column of a map of 16 x 16 pixels, then a linear layer with
  /// weights for each. Rows and columns tell from where to where an object reaches, and the sigmoid whether there is
  /// something rather than how bright it is; a convolution is led by the centre of brightness, which is elsewhere in each
  /// object. For a pose encoder, of dcgan or vgg.
  case profiles

  /// Height and width to which halvings take the map; a pooled dcgan encoder leaves out the last of them.
  var mapSize: Int { self == .profiles ? 16 : 4 }

  /// The head that a last convolution with a filter (D, C, R, S) belongs to.
  init(filter: Shape) { self = filter[3] == 1 ? .pooled : filter[2] == filter[3] ? .convolution : .profiles }
}

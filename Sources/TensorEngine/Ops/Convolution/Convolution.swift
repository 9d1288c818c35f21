/// The one computation behind convolutions, transposed convolutions and linear layers.
///
/// y[n,k,oy,ox] = sum over c, r, s of x[n,c,oy*stride-padding+r,ox*stride-padding+s] * w[k,c,r,s]. A transposed
/// convolution is the gradient with respect to x; a linear layer is a 1 x 1 window on 1 x 1 maps.
struct Convolution {
  /// (N, C, H, W) or (N, C).
  let x: Shape
  /// (K, C, R, S) or (K, C).
  let w: Shape
  /// (N, K, OH, OW) or (N, K).
  let y: Shape
  let stride: Int
  let padding: Int

  init(x: Shape, w: Shape, y: Shape, stride: Int = 1, padding: Int = 0) {
    precondition(stride > 0 && padding >= 0, "stride \(stride) and padding \(padding)")
    precondition(padding < w.height && padding < w.width, "padding \(padding) of a window \(w.height) x \(w.width)")
    precondition(x.batch == y.batch, "batches of \(x) and \(y)")
    precondition(w[0] == y.channels && w[1] == x.channels, "a filter \(w) from \(x) to \(y)")
    precondition(
      Self.extent(x.height, window: w.height, stride, padding) == y.height
        && Self.extent(x.width, window: w.width, stride, padding) == y.width,
      "a window \(w) with stride \(stride) and padding \(padding) from \(x) to \(y)")
    self.x = x
    self.w = w
    self.y = y
    self.stride = stride
    self.padding = padding
  }

  /// Number of positions at which a window fits.
  static func extent(_ extent: Int, window: Int, _ stride: Int, _ padding: Int) -> Int {
    precondition(extent + 2 * padding >= window, "a window of \(window) on \(extent) pixels padded by \(padding)")
    return (extent + 2 * padding - window) / stride + 1
  }

  /// Number of pixels along an axis of a transposed convolution's output.
  static func transposedExtent(_ extent: Int, window: Int, _ stride: Int, _ padding: Int) -> Int {
    (extent - 1) * stride - 2 * padding + window
  }

  /// C * R * S: products in one element of y.
  var windowCount: Int { w.count / w[0] }
  /// OH * OW.
  var pixels: Int { y.height * y.width }
  /// Whether one window covers each image exactly, as in linear layers: a plain matrix product.
  var isDense: Bool { pixels == 1 && padding == 0 && x.height == w.height && x.width == w.width }
}

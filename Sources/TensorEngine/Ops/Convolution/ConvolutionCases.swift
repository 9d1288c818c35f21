/// Sizes of convolutions for the tests: corner cases first, then layers of the models.
struct ConvolutionCase {
  var name: String
  /// N, C, H, W of the side that the window slides over.
  var x: Shape
  /// K, C, R, S.
  var w: Shape
  var stride: Int
  var padding: Int

  init(_ name: String, x: Shape, outputs: Int, window: (Int, Int), stride: Int, padding: Int) {
    self.name = name
    self.x = x
    w = Shape(outputs, x.channels, window.0, window.1)
    self.stride = stride
    self.padding = padding
  }

  /// N, K, OH, OW.
  var y: Shape {
    Shape(
      x.batch, w[0], Convolution.extent(x.height, window: w.height, stride, padding),
      Convolution.extent(x.width, window: w.width, stride, padding))
  }

  /// Cases whose x follows from y, as in transposed convolutions.
  static var transposable: [ConvolutionCase] {
    all.filter {
      Convolution.transposedExtent($0.y.height, window: $0.w.height, $0.stride, $0.padding) == $0.x.height
        && Convolution.transposedExtent($0.y.width, window: $0.w.width, $0.stride, $0.padding) == $0.x.width
    }
  }

  static let all: [ConvolutionCase] = [
    .init("one element", x: [1, 1, 1, 1], outputs: 1, window: (1, 1), stride: 1, padding: 0),
    .init("odd extents", x: [3, 5, 7, 11], outputs: 18, window: (3, 5), stride: 2, padding: 1),
    .init("odd extents, three channels", x: [2, 3, 7, 9], outputs: 5, window: (3, 3), stride: 1, padding: 1),
    .init("one channel to one", x: [2, 1, 9, 7], outputs: 1, window: (3, 3), stride: 2, padding: 1),
    .init(
      "image to image, padding beyond the halo", x: [2, 3, 11, 7], outputs: 3, window: (5, 5), stride: 2, padding: 2),
    .init("channels past a block", x: [2, 17, 8, 8], outputs: 33, window: (4, 4), stride: 2, padding: 1),
    .init("a row of pixels out, two blocks", x: [2, 5, 2, 7], outputs: 17, window: (4, 4), stride: 2, padding: 1),
    .init("a column of pixels in, two blocks", x: [2, 17, 6, 2], outputs: 5, window: (4, 4), stride: 2, padding: 1),
    .init("odd maps, three blocks", x: [3, 33, 9, 13], outputs: 39, window: (4, 4), stride: 2, padding: 1),
    .init("odd maps, four blocks", x: [3, 49, 11, 7], outputs: 64, window: (4, 4), stride: 2, padding: 1),
    .init("blocks beyond a chunk", x: [2, 146, 5, 6], outputs: 186, window: (4, 4), stride: 2, padding: 1),
    .init("images beyond a chunk", x: [29, 20, 10, 18], outputs: 30, window: (4, 4), stride: 2, padding: 1),
    .init("one pixel out, padded", x: [3, 20, 2, 3], outputs: 40, window: (4, 4), stride: 2, padding: 1),
    .init("one pixel out", x: [3, 20, 4, 4], outputs: 5, window: (4, 4), stride: 1, padding: 0),
    .init("one pixel out, four blocks", x: [3, 4, 4, 4], outputs: 50, window: (4, 4), stride: 1, padding: 0),
    .init("one pixel out of an image", x: [2, 2, 4, 4], outputs: 4, window: (4, 4), stride: 1, padding: 0),
    .init("one pixel in, padded", x: [2, 3, 1, 1], outputs: 7, window: (3, 3), stride: 1, padding: 1),
    .init("one pixel in, padded, many channels", x: [2, 18, 1, 1], outputs: 7, window: (3, 3), stride: 1, padding: 1),
    .init("residual network's first", x: [2, 3, 9, 9], outputs: 7, window: (5, 5), stride: 2, padding: 3),
    .init("window of more than 64 taps", x: [2, 4, 9, 10], outputs: 7, window: (9, 8), stride: 1, padding: 3),
    .init("wide padding", x: [2, 4, 6, 6], outputs: 4, window: (3, 3), stride: 1, padding: 2),
    .init("one tap on an image", x: [2, 3, 5, 5], outputs: 4, window: (1, 1), stride: 1, padding: 0),
    .init("one tap in four pixels", x: [2, 18, 5, 7], outputs: 4, window: (1, 1), stride: 2, padding: 0),
    .init("stride beyond the window", x: [1, 5, 3, 5], outputs: 7, window: (2, 3), stride: 3, padding: 0),
    .init("images beyond a tile", x: [13, 1, 16, 16], outputs: 16, window: (4, 4), stride: 2, padding: 1),
    .init("encoder's first", x: [2, 1, 64, 64], outputs: 16, window: (4, 4), stride: 2, padding: 1),
    .init("encoder's second", x: [2, 16, 32, 32], outputs: 32, window: (4, 4), stride: 2, padding: 1),
    .init("encoder's fourth", x: [2, 64, 8, 8], outputs: 128, window: (4, 4), stride: 2, padding: 1),
    .init("encoder's last", x: [4, 128, 4, 4], outputs: 64, window: (4, 4), stride: 1, padding: 0),
    .init("decoder's first", x: [4, 128, 4, 4], outputs: 69, window: (4, 4), stride: 1, padding: 0),
    .init("decoder's last", x: [2, 1, 64, 64], outputs: 32, window: (4, 4), stride: 2, padding: 1),
    .init("colour decoder's last", x: [2, 3, 32, 32], outputs: 16, window: (4, 4), stride: 2, padding: 1),
    .init("one pixel out, many images", x: [19, 32, 4, 4], outputs: 20, window: (4, 4), stride: 1, padding: 0),
    .init("one pixel out, images in step", x: [16, 20, 4, 4], outputs: 5, window: (4, 4), stride: 1, padding: 0),
    .init("four pixels out, images in step", x: [4, 20, 4, 4], outputs: 18, window: (4, 4), stride: 2, padding: 1),
    .init("three by three", x: [2, 32, 16, 16], outputs: 16, window: (3, 3), stride: 1, padding: 1),
    .init("pixels beyond a pass", x: [5, 32, 16, 16], outputs: 32, window: (3, 3), stride: 1, padding: 1),
    .init(
      "three by three, odd maps, three blocks", x: [3, 33, 9, 13], outputs: 39, window: (3, 3), stride: 1, padding: 1),
    .init("three by three, a row of pixels", x: [2, 17, 1, 7], outputs: 64, window: (3, 3), stride: 1, padding: 1),
    .init("three by three, six blocks in", x: [2, 82, 5, 6], outputs: 146, window: (3, 3), stride: 1, padding: 1),
    .init("three by three, beyond a chunk", x: [23, 20, 9, 18], outputs: 30, window: (3, 3), stride: 1, padding: 1),
    .init("residual network's shortcut", x: [2, 32, 9, 9], outputs: 64, window: (1, 1), stride: 2, padding: 0),
    .init("residual network's halving", x: [2, 32, 9, 9], outputs: 64, window: (3, 3), stride: 2, padding: 1),
    .init("residual network's last", x: [4, 64, 3, 3], outputs: 10, window: (3, 3), stride: 1, padding: 0),
  ]
}

extension ParityCase.Tolerance {
  /// A float32 sum of `terms` products of numbers uniform in [-1, 1), added one after the other.
  ///
  /// A product has a standard deviation of 1/3, so the running sum has grown to sqrt(i) / 3 after i terms, and each
  /// addition rounds it by 2^-24 / sqrt(3) of itself. The root of the sum of the squares is 2^-24 / sqrt(3) * terms /
  /// (3 * sqrt(2)), or 8.1e-9 per term; 8 standard deviations.
  ///
  /// Winograd's algorithm adds up four sums of terms / 4 products. Along each axis one factor of
  /// a product is the sum or difference of two numbers, so products have twice the deviation: the
  /// error of one sum is half of the above, and that of all four is the same as above. Roundings
  /// of the factors and of the last sums grow only with the root of the number of terms. For
  /// windows of 3 x 3 it adds up nine sums of terms / 9 such products: two thirds of the above.
  package static func runningSum(of terms: Int) -> ParityCase.Tolerance {
    ParityCase.Tolerance(absolute: max(1e-6, 8 * 8.1e-9 * Float(terms)), relative: 2e-6)
  }
}

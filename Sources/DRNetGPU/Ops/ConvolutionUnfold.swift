/// Windows of images as the rows of a matrix, (images * OH * OW) x (C * R * S), and back. A window's rows are runs of S
/// pixels of a padded image, so that each is copied or added at once.
extension Convolution {
  private var paddedHeight: Int { x.height + 2 * padding }
  private var paddedWidth: Int { x.width + 2 * padding }
  /// Elements of one image with its padding.
  var paddedCount: Int { x.channels * paddedHeight * paddedWidth }

  /// Writes every window of some images. `padded` holds one padded image.
  @inline(__always)
  func unfold<Scalar: ReferenceScalar>(
    _ x: TensorView<Scalar>, _ images: Range<Int>, into windows: UnsafeMutablePointer<Scalar>,
    padded: UnsafeMutablePointer<Scalar>
  ) {
    padded.update(repeating: 0, count: paddedCount)
    for (index, n) in images.enumerated() {
      forEachMapRow(of: n) { map, inPadded, count in (padded + inPadded).update(from: x.base + map, count: count) }
      let matrix = windows + index * pixels * windowCount
      forEachRun { run, inPadded, count in
        if count == 4 {
          copy4(from: padded + inPadded, to: matrix + run)
        } else {
          for s in 0..<count { matrix[run &+ s] = padded[inPadded &+ s] }
        }
      }
    }
  }

  /// Adds every window of some images to the pixels that it covers, on top of a bias. `padded` holds one padded image.
  @inline(__always)
  func fold<Scalar: ReferenceScalar>(
    _ windows: UnsafeMutablePointer<Scalar>, _ images: Range<Int>, bias: TensorView<Scalar>?,
    into gradX: TensorView<Scalar>, padded: UnsafeMutablePointer<Scalar>
  ) {
    let area = paddedHeight * paddedWidth
    for (index, n) in images.enumerated() {
      for c in 0..<x.channels { (padded + c * area).update(repeating: bias?[c] ?? 0, count: area) }
      let matrix = windows + index * pixels * windowCount
      forEachRun { run, inPadded, count in
        if count == 4 {
          add4(from: matrix + run, to: padded + inPadded)
        } else {
          for s in 0..<count { padded[inPadded &+ s] += matrix[run &+ s] }
        }
      }
      forEachMapRow(of: n) { map, inPadded, count in
        (gradX.base + map).update(from: padded + inPadded, count: count)
      }
    }
  }

  /// Calls `body` for every row of an image with its position in the tensor and in the padded image, and its length.
  @inline(__always)
  private func forEachMapRow(of n: Int, _ body: (Int, Int, Int) -> Void) {
    let (height, width, channels) = (x.height, x.width, x.channels)
    for c in 0..<channels {
      for iy in 0..<height {
        body(
          ((n * channels + c) * height + iy) * width, (c * paddedHeight + iy + padding) * paddedWidth + padding, width)
      }
    }
  }

  /// Calls `body` for every row of every window with its position in the matrix and in the padded image, and its length.
  @inline(__always)
  private func forEachRun(_ body: (Int, Int, Int) -> Void) {
    let (channels, rows, columns, stride) = (x.channels, y.height, y.width, self.stride)
    let (windowHeight, windowWidth) = (w.height, w.width)
    let (paddedWidth, area) = (self.paddedWidth, paddedHeight * self.paddedWidth)
    var run = 0
    for oy in 0..<rows {
      for ox in 0..<columns {
        var map = oy * stride * paddedWidth + ox * stride
        for _ in 0..<channels {
          var at = map
          for _ in 0..<windowHeight {
            body(run, at, windowWidth)
            run &+= windowWidth
            at &+= paddedWidth
          }
          map &+= area
        }
      }
    }
  }
}

/// Four elements as one vector: windows of 4 x 4 are what the models are made of.
@inline(__always)
private func copy4<Scalar: ReferenceScalar>(
  from source: UnsafeMutablePointer<Scalar>, to target: UnsafeMutablePointer<Scalar>
) {
  let values = UnsafeRawPointer(source).loadUnaligned(as: SIMD4<Scalar>.self)
  UnsafeMutableRawPointer(target).storeBytes(of: values, as: SIMD4<Scalar>.self)
}

@inline(__always)
private func add4<Scalar: ReferenceScalar>(
  from source: UnsafeMutablePointer<Scalar>, to target: UnsafeMutablePointer<Scalar>
) {
  let a = UnsafeRawPointer(target).loadUnaligned(as: SIMD4<Scalar>.self)
  let b = UnsafeRawPointer(source).loadUnaligned(as: SIMD4<Scalar>.self)
  UnsafeMutableRawPointer(target).storeBytes(of: a + b, as: SIMD4<Scalar>.self)
}

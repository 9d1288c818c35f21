/// Windows of images as the columns of a matrix, (C * R * S) x (images * OH * OW), and back.
///
/// The columns of a padded image are sorted into `stride` phases, column mod stride; columns of a phase are contiguous.
/// A tap of the window thus covers OW contiguous elements along a row, which are copied or added as vectors.
extension Convolution {
  private var paddedHeight: Int { x.height + 2 * padding }
  /// Columns in a phase.
  private var phaseWidth: Int { (x.width + 2 * padding).dividedRoundingUp(by: stride) }
  private var paddedRow: Int { stride * phaseWidth }
  /// Elements of one padded image.
  var paddedCount: Int { x.channels * paddedHeight * paddedRow }

  /// Writes every window of several images. `padded` has room for one padded image.
  @inline(__always)
  func unfold<Scalar: ReferenceScalar>(
    _ x: TensorView<Scalar>, _ images: Range<Int>, into windows: UnsafeMutablePointer<Scalar>,
    padded: UnsafeMutablePointer<Scalar>
  ) {
    let stride = self.stride
    padded.update(repeating: 0, count: paddedCount)
    for (index, n) in images.enumerated() {
      forEachPhaseRow(of: n) { map, inPadded, count in
        let (from, to) = (x.base + map, padded + inPadded)
        for column in 0..<count { to[column] = from[column &* stride] }
      }
      forEachTapRow(index, of: images.count) { inWindows, inPadded, count in
        copyRow(from: padded + inPadded, to: windows + inWindows, count: count)
      }
    }
  }

  /// Adds every window of several images to the pixels that it covers, plus a
  /// bias. `padded` has room for one padded image.
  @inline(__always)
  func fold<Scalar: ReferenceScalar>(
    _ windows: UnsafeMutablePointer<Scalar>, _ images: Range<Int>, bias: TensorView<Scalar>?,
    into gradX: TensorView<Scalar>, padded: UnsafeMutablePointer<Scalar>
  ) {
    let (area, stride) = (paddedHeight * paddedRow, self.stride)
    for (index, n) in images.enumerated() {
      for c in 0..<x.channels { (padded + c * area).update(repeating: bias?[c] ?? 0, count: area) }
      forEachTapRow(index, of: images.count) { inWindows, inPadded, count in
        addRow(from: windows + inWindows, to: padded + inPadded, count: count)
      }
      forEachPhaseRow(of: n) { map, inPadded, count in
        let (from, to) = (padded + inPadded, gradX.base + map)
        for column in 0..<count { to[column &* stride] = from[column] }
      }
    }
  }

  /// Calls `body` for each phase of every row of an image, with the position of its first pixel in the tensor and in
  /// the padded image, and the number of its pixels. In the tensor these are `stride` elements apart.
  @inline(__always)
  private func forEachPhaseRow(of n: Int, _ body: (Int, Int, Int) -> Void) {
    let (height, width, channels, paddedRow) = (x.height, x.width, x.channels, self.paddedRow)
    let paddedArea = paddedHeight * paddedRow
    for phase in 0..<stride {
      let before = max(0, padding - phase).dividedRoundingUp(by: stride)
      let first = before * stride + phase - padding
      let count = max(0, width - first).dividedRoundingUp(by: stride)
      var map = n * channels * height * width + first
      for c in 0..<channels {
        var inPadded = c &* paddedArea &+ padding &* paddedRow &+ phase &* phaseWidth &+ before
        for _ in 0..<height {
          body(map, inPadded, count)
          map &+= width
          inPadded &+= paddedRow
        }
      }
    }
  }

  /// Calls `body` for every tap of the window and every row of outputs of one of `images` images. Arguments: the
  /// positions, in the matrix and in the padded image, of the OW pixels that the tap covers, and OW.
  @inline(__always)
  private func forEachTapRow(_ index: Int, of images: Int, _ body: (Int, Int, Int) -> Void) {
    // The widths of the models' maps are spelled out, so that the loops over their columns are unrolled.
    switch y.width {
    case 4: forEachTapRow(index, of: images, columns: 4, body)
    case 8: forEachTapRow(index, of: images, columns: 8, body)
    case 16: forEachTapRow(index, of: images, columns: 16, body)
    case 32: forEachTapRow(index, of: images, columns: 32, body)
    case let columns: forEachTapRow(index, of: images, columns: columns, body)
    }
  }

  @inline(__always)
  private func forEachTapRow(_ index: Int, of images: Int, columns: Int, _ body: (Int, Int, Int) -> Void) {
    let (rows, windowHeight, windowWidth, stride) = (y.height, w.height, w.width, self.stride)
    let (phaseWidth, paddedRow, paddedHeight) = (self.phaseWidth, self.paddedRow, self.paddedHeight)
    let (step, skipped) = (stride * paddedRow, (images - 1) * pixels)
    var inWindows = index * pixels
    for c in 0..<x.channels {
      for r in 0..<windowHeight {
        for s in 0..<windowWidth {
          var inPadded = (c &* paddedHeight &+ r) &* paddedRow &+ s % stride &* phaseWidth &+ s / stride
          for _ in 0..<rows {
            body(inWindows, inPadded, columns)
            inWindows &+= columns
            inPadded &+= step
          }
          inWindows &+= skipped
        }
      }
    }
  }
}

@inline(__always)
private func copyRow<Scalar: ReferenceScalar>(
  from source: UnsafeMutablePointer<Scalar>, to target: UnsafeMutablePointer<Scalar>, count: Int
) {
  var column = 0
  while column &+ 4 <= count {
    store(load4(source + column), to: target + column)
    column &+= 4
  }
  while column < count {
    target[column] = source[column]
    column &+= 1
  }
}

@inline(__always)
private func addRow<Scalar: ReferenceScalar>(
  from source: UnsafeMutablePointer<Scalar>, to target: UnsafeMutablePointer<Scalar>, count: Int
) {
  var column = 0
  while column &+ 4 <= count {
    store(load4(target + column) + load4(source + column), to: target + column)
    column &+= 4
  }
  while column < count {
    target[column] += source[column]
    column &+= 1
  }
}

@inline(__always)
private func load4<Scalar: ReferenceScalar>(_ source: UnsafeMutablePointer<Scalar>) -> SIMD4<Scalar> {
  UnsafeRawPointer(source).loadUnaligned(as: SIMD4<Scalar>.self)
}

@inline(__always)
private func store<Scalar: ReferenceScalar>(_ values: SIMD4<Scalar>, to target: UnsafeMutablePointer<Scalar>) {
  UnsafeMutableRawPointer(target).storeBytes(of: values, as: SIMD4<Scalar>.self)
}

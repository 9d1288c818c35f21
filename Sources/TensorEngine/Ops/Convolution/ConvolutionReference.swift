/// Images are unfolded, a few at a time, into a matrix of windows ("im2col"); matrix products do the rest.
extension Convolution {
  /// Images in one matrix product: enough pixels to keep BLAS busy, few enough to share among cores.
  private var imagesTogether: Int { max(1, min(256 / pixels, x.batch / 4)) }

  /// Rows in one product with the filter: many, since BLAS rearranges the filter for each product, but few enough to
  /// have products for all cores.
  private var rowsTogether: Int { max(8, min(64, x.batch / 8)) }

  /// y = x * w + b.
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  func forward<Scalar: ReferenceScalar>(
    x: TensorView<Scalar>, w: TensorView<Scalar>, bias: TensorView<Scalar>?, into y: TensorView<Scalar>
  ) {
    let (outputs, count) = (self.w[0], windowCount)
    if isDense {
      return parallelFor(self.x.batch, grain: rowsTogether) { images in
        let rows = y.base + images.lowerBound * outputs
        for n in 0..<images.count { fill(rows + n * outputs, count: outputs) { bias?[$0] ?? 0 } }
        Scalar.gemm(
          transposeA: false, transposeB: true, m: images.count, n: outputs, k: count, alpha: 1,
          x.base + images.lowerBound * count, leadingA: count, w.base, leadingB: count, beta: 1, rows,
          leadingC: outputs)
      }
    }
    parallelFor(self.x.batch, grain: imagesTogether) { images in
      let width = images.count * pixels
      withScratch(count * width + paddedCount) { (windows: UnsafeMutablePointer<Scalar>) in
        unfold(x, images, into: windows, padded: windows + count * width)
        withOutputs(of: y, images, copyIn: false, copyOut: true) { product in
          for k in 0..<outputs { (product + k * width).update(repeating: bias?[k] ?? 0, count: width) }
          Scalar.gemm(
            transposeA: false, transposeB: false, m: outputs, n: width, k: count, alpha: 1, w.base, leadingA: count,
            windows, leadingB: width, beta: 1, product, leadingC: width)
        }
      }
    }
  }

  /// The gradient with respect to x: each window's contribution, added up where windows overlap; plus b.
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  func backwardInput<Scalar: ReferenceScalar>(
    gradY: TensorView<Scalar>, w: TensorView<Scalar>, bias: TensorView<Scalar>?, into gradX: TensorView<Scalar>
  ) {
    let (outputs, count) = (self.w[0], windowCount)
    let area = self.x.height * self.x.width
    if isDense {
      return parallelFor(self.x.batch, grain: rowsTogether) { images in
        let rows = gradX.base + images.lowerBound * count
        for n in 0..<images.count { fill(rows + n * count, count: count) { bias?[$0 / area] ?? 0 } }
        Scalar.gemm(
          transposeA: false, transposeB: false, m: images.count, n: count, k: outputs, alpha: 1,
          gradY.base + images.lowerBound * outputs, leadingA: outputs, w.base, leadingB: count, beta: 1, rows,
          leadingC: count)
      }
    }
    parallelFor(self.x.batch, grain: imagesTogether) { images in
      let width = images.count * pixels
      withScratch(count * width + paddedCount) { (windows: UnsafeMutablePointer<Scalar>) in
        withOutputs(of: gradY, images, copyIn: true, copyOut: false) { gradients in
          Scalar.gemm(
            transposeA: true, transposeB: false, m: count, n: width, k: outputs, alpha: 1, w.base, leadingA: count,
            gradients, leadingB: width, beta: 0, windows, leadingC: width)
        }
        fold(windows, images, bias: bias, into: gradX, padded: windows + count * width)
      }
    }
  }

  /// The gradient with respect to w, by partial sums over fixed groups of images.
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  func backwardWeight<Scalar: ReferenceScalar>(
    x: TensorView<Scalar>, gradY: TensorView<Scalar>, into gradW: TensorView<Scalar>
  ) {
    let (outputs, count, batch) = (self.w[0], windowCount, self.x.batch)
    if isDense {
      return parallelFor(outputs, grain: 64) { rows in
        Scalar.gemm(
          transposeA: true, transposeB: false, m: rows.count, n: count, k: batch, alpha: 1,
          gradY.base + rows.lowerBound, leadingA: outputs, x.base, leadingB: count, beta: 0,
          gradW.base + rows.lowerBound * count, leadingC: count)
      }
    }
    let together = imagesTogether
    let grain = (batch / 4).roundedUp(toMultipleOf: together)
    let imagesPerPart = max(grain, together)
    let parts = batch.dividedRoundingUp(by: imagesPerPart)
    withScratch(parts * gradW.count) { (partials: UnsafeMutablePointer<Scalar>) in
      parallelFor(batch, grain: imagesPerPart) { part in
        let partial = partials + part.lowerBound / imagesPerPart * gradW.count
        for first in Swift.stride(from: part.lowerBound, to: part.upperBound, by: together) {
          let images = first..<min(first + together, part.upperBound)
          let width = images.count * pixels
          withScratch(count * width + paddedCount) { (windows: UnsafeMutablePointer<Scalar>) in
            unfold(x, images, into: windows, padded: windows + count * width)
            withOutputs(of: gradY, images, copyIn: true, copyOut: false) { gradients in
              Scalar.gemm(
                transposeA: false, transposeB: true, m: outputs, n: count, k: width, alpha: 1, gradients,
                leadingA: width, windows, leadingB: width, beta: first == part.lowerBound ? 0 : 1, partial,
                leadingC: count)
            }
          }
        }
      }
      gradW.base.update(from: partials, count: gradW.count)
      for part in 1..<max(parts, 1) {
        for index in 0..<gradW.count { gradW[index] += partials[part * gradW.count + index] }
      }
    }
  }

  /// Calls `body` with the outputs of several images as one matrix, K x (images * pixels): the tensor itself for a
  /// single image, else a copy.
  private func withOutputs<Scalar: ReferenceScalar>(
    of y: TensorView<Scalar>, _ images: Range<Int>, copyIn: Bool, copyOut: Bool,
    _ body: (UnsafeMutablePointer<Scalar>) -> Void
  ) {
    let (outputs, width) = (w[0], images.count * pixels)
    if images.count == 1 { return body(y.base + images.lowerBound * outputs * pixels) }
    withScratch(outputs * width) { (matrix: UnsafeMutablePointer<Scalar>) in
      func forEachMap(_ copy: (UnsafeMutablePointer<Scalar>, UnsafeMutablePointer<Scalar>) -> Void) {
        for (index, n) in images.enumerated() {
          for k in 0..<outputs { copy(matrix + k * width + index * pixels, y.base + (n * outputs + k) * pixels) }
        }
      }
      if copyIn { forEachMap { matrix, map in matrix.update(from: map, count: pixels) } }
      body(matrix)
      if copyOut { forEachMap { matrix, map in map.update(from: matrix, count: pixels) } }
    }
  }
}

/// Uninitialised memory for the duration of a call.
private func withScratch<Scalar>(_ count: Int, _ body: (UnsafeMutablePointer<Scalar>) -> Void) {
  let memory = UnsafeMutablePointer<Scalar>.allocate(capacity: count)
  defer { memory.deallocate() }
  body(memory)
}

@inline(__always)
private func fill<Scalar>(_ base: UnsafeMutablePointer<Scalar>, count: Int, _ value: (Int) -> Scalar) {
  for index in 0..<count { base[index] = value(index) }
}

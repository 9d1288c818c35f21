import COpenBLAS
import Foundation

/// The element type of references: Float, in which the CPU backend trains, or
/// Double, in which tests compute central differences.
public protocol ReferenceScalar: BinaryFloatingPoint, SIMDScalar, Codable, Sendable {
  /// C = alpha * op(A) * op(B) + beta * C with row-major matrices: op(A) is m x k, op(B) is k x n, C is m x n.
  /// Runs on the calling thread.
  static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, alpha: Self,
    _ a: UnsafePointer<Self>, leadingA: Int, _ b: UnsafePointer<Self>, leadingB: Int, beta: Self,
    _ c: UnsafeMutablePointer<Self>, leadingC: Int)
  static func exp(_ x: Self) -> Self
  static func log1p(_ x: Self) -> Self
  static func tanh(_ x: Self) -> Self
  static func sin(_ x: Self) -> Self
  static func cos(_ x: Self) -> Self
}

/// Evaluated once, before the first product. Loops over fixed chunks are parallel, so each product runs on one thread.
private let singleThreadedProducts: Void = openblas_set_num_threads(1)

extension Float: ReferenceScalar {
  public static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, alpha: Float,
    _ a: UnsafePointer<Float>, leadingA: Int, _ b: UnsafePointer<Float>, leadingB: Int, beta: Float,
    _ c: UnsafeMutablePointer<Float>, leadingC: Int
  ) {
    _ = singleThreadedProducts
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      Int32(m), Int32(n), Int32(k), alpha, a, Int32(leadingA), b, Int32(leadingB), beta, c, Int32(leadingC))
  }

  public static func exp(_ x: Float) -> Float { Foundation.exp(x) }
  public static func log1p(_ x: Float) -> Float { Foundation.log1p(x) }
  public static func tanh(_ x: Float) -> Float { Foundation.tanh(x) }
  public static func sin(_ x: Float) -> Float { Foundation.sin(x) }
  public static func cos(_ x: Float) -> Float { Foundation.cos(x) }
}

extension Double: ReferenceScalar {
  public static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, alpha: Double,
    _ a: UnsafePointer<Double>, leadingA: Int, _ b: UnsafePointer<Double>, leadingB: Int, beta: Double,
    _ c: UnsafeMutablePointer<Double>, leadingC: Int
  ) {
    _ = singleThreadedProducts
    cblas_dgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      Int32(m), Int32(n), Int32(k), alpha, a, Int32(leadingA), b, Int32(leadingB), beta, c, Int32(leadingC))
  }

  public static func exp(_ x: Double) -> Double { Foundation.exp(x) }
  public static func log1p(_ x: Double) -> Double { Foundation.log1p(x) }
  public static func tanh(_ x: Double) -> Double { Foundation.tanh(x) }
  public static func sin(_ x: Double) -> Double { Foundation.sin(x) }
  public static func cos(_ x: Double) -> Double { Foundation.cos(x) }
}

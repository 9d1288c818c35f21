import TensorEngine

/// A penalty on the covariance of content and pose (XCov, Cheung et al. 2014), which it takes over the last hundred steps.
///
/// E_p can read the place of an object from anything that moves with it, such as its centre of brightness, which is
/// elsewhere in each object. The decoder corrects that if it knows the object; a swap is drawn aside. But then the mean
/// pose of an object differs from that of others, although all of them are at all places. One batch is too small to see
/// it: by chance alone, the mean place of a clip's frames is as far off.
///
/// With z (N, C), h_c of x_0, and p (N, P), h_p of x_2, both standardised over the batch:
///
///     M <- 0.99 M + 0.01 p' z / N     the covariance (P, C)
///     q = z M'                        what the content tells of the pose, as far as a linear map finds it
///     loss = mean of q^2              with the gradient 2 q / (N P) for p; z and M are constants
final class CrossCovariance {
  /// -M (P, C): negative, so that p plus what is made of it is the target of p.
  let memory: Tensor
  /// 0.99 and -0.01 / N.
  private let shares: Tensor
  private let standardisePose: Standardisation
  /// (P) of 0.
  private let noBias: Tensor

  private static let decay: Float = 0.99

  init(of sizes: DRNet.Sizes, batchSize: Int, on backend: any Backend) throws {
    memory = try backend.upload(HostTensor([sizes.poseDim, sizes.contentDim]), as: .filter)
    shares = try backend.upload(HostTensor([2], [Self.decay, (Self.decay - 1) / Float(batchSize)]), as: .plain)
    standardisePose = try Standardisation(dimension: sizes.poseDim, on: backend)
    noBias = try backend.upload(HostTensor([sizes.poseDim]), as: .channels)
  }

  /// Records the update of M, and the loss.
  /// - Parameters:
  ///   - pose: h_p of x_2 (N, P), on `tape`.
  ///   - content: z, constant.
  func loss(pose: Tensor, content: Tensor, _ tape: Tape, _ recorder: Recorder) throws -> Tensor {
    let p = try standardisePose(pose, tape)
    let covariance = try recorder.run(LinearBackwardWeight(), [content, p])[0]
    recorder.run(ExponentialMovingAverage(), [memory, covariance, shares], into: [memory])
    let told = try recorder.run(LinearForward(), [content, memory, noBias])[0]
    let target = try recorder.run(Add(activation: .identity), [p, told])[0]
    return try tape.meanSquaredError(p, target)
  }
}

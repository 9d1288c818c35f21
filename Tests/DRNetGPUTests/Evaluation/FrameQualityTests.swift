import Testing

@testable import DRNetGPU
@testable import TensorEngine

@Suite("Quality of decoded frames")
struct FrameQualityTests {
  /// A bar of 8 columns in a frame of 16 x 16, of this level.
  private func bar(_ level: Float) -> HostTensor {
    HostTensor([1, 1, 16, 16], (0..<256).map { $0 % 16 < 8 ? level : 0 })
  }

  @Test("is the mean over frames, and sharpness the share of all gradients")
  func means() {
    var quality = FrameQuality()
    quality.add(bar(1), bar(1))
    #expect(abs(quality.meanPSNR - 100) < 1e-9 && abs(quality.meanSSIM - 1) < 1e-9 && quality.sharpness == 1)
    // Half of the pixels are off by 0.5: 9.03 dB. Its gradient is half of the true one; of both frames three quarters.
    quality.add(bar(0.5), bar(1))
    #expect(abs(quality.meanSquaredError - 0.125 / 2) < 1e-6 && abs(quality.meanPSNR - 109.0309 / 2) < 1e-3)
    #expect(abs(quality.sharpness! - 0.75) < 1e-9 && quality.meanSSIM < 1)
  }

  @Test("has no sharpness if the true frames are flat")
  func flat() {
    var quality = FrameQuality()
    quality.add(bar(1), HostTensor([1, 1, 16, 16], repeating: 0.25))
    #expect(quality.sharpness == nil)
  }
}

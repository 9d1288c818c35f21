import TestSupport
import Testing

@testable import DRNetGPU
@testable import TensorEngine

@Suite("Quality of frames")
struct ImageQualityTests {
  @Test("PSNR is that of each frame by itself, and ends at 100 dB")
  func peakSignal() {
    let truth = HostTensor([2, 1, 1, 2])
    let frames = HostTensor([2, 1, 1, 2], [0.1, 0.1, 0.01, 0.01])
    let found = peakSignalsToNoise(frames, truth)
    #expect(abs(found[0] - 20) < 1e-3 && abs(found[1] - 40) < 1e-3)
    #expect(peakSignalsToNoise(truth, truth).allSatisfy { abs($0 - 100) < 1e-9 })
  }

  @Test("SSIM is what scikit-image computes", arguments: ["grey", "colour", "smallest"])
  func structure(name: String) throws {
    let golden = try Golden.file("quality")
    let (frames, truth) = (try golden.tensor("\(name).frames"), try golden.tensor("\(name).truth"))
    let expected = try golden.tensor("ssim.\(name)").values
    let found = structuralSimilarities(frames, truth)
    #expect(found.count == expected.count)
    // Golden values are stored as float32.
    for (found, expected) in zip(found, expected) { #expect(abs(found - Double(expected)) < 2e-7) }
    #expect(expected.max()! > 0.9 && expected.min()! < 0.3)
  }

  @Test("Frames without difference or without structure are the same")
  func same() {
    let flat = HostTensor([1, 1, 16, 16], repeating: 0.5)
    #expect(structuralSimilarities(flat, flat) == [1])
  }
}

import Testing

@testable import DRNetGPU
@testable import TensorEngine

@Suite("Measures of frames")
struct FrameMeasuresTests {
  @Test("the gradient is that of a plane, and smaller after blurring an edge")
  func gradients() {
    let plane = (0..<2 * 4 * 5).map { (pixel: Int) -> Float in 0.03 * Float(pixel / 5 % 4) + 0.04 * Float(pixel % 5) }
    let found = gradientMagnitudes(HostTensor([1, 2, 4, 5], plane))
    #expect(found.count == 1 && abs(found[0] - 0.05) < 1e-6)
    func edge(_ values: [Float]) -> HostTensor { HostTensor([1, 1, 3, 6], values + values + values) }
    let sharp = HostTensor([1, 1, 3, 3], [0, 0, 0, 0, 1, 0, 0, 0, 0])
    let blurred = HostTensor([1, 1, 3, 3], [1, 1, 1, 1, 1, 1, 1, 1, 1].map { $0 / 9 })
    #expect(gradientMagnitudes(blurred)[0] == 0 && gradientMagnitudes(sharp)[0] > 0.5)
    #expect(abs(gradientMagnitudes(edge([0, 0, 0, 1, 1, 1]))[0] - 0.2) < 1e-6)
  }

  @Test("the centre is where the light is, whatever the dim background")
  func centres() {
    var frames = HostTensor([3, 1, 5, 4], repeating: 0.05)
    frames.values[1 * 4 + 2] = 0.5
    frames.values[3 * 4 + 2] = 0.5
    frames.values[20 + 4 * 4] = 0.25
    let found = intensityCentres(frames)
    #expect(found[0] == (2, 2) && found[1] == (4, 0) && found[2] == (2, 1.5))
    let colour = HostTensor([1, 2, 2, 2], [0, 1, 0, 0, 0, 0, 0, 1])
    #expect(intensityCentres(colour)[0] == (0.5, 1))
  }
}

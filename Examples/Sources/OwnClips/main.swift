import DRNetGPU
import Foundation
import TensorEngine
import TwoBackends

/// Clips of a source of our own: a bar of one colour that turns about the middle. Colour and width are the content, the
/// angle is the pose.
struct TurningBars: ClipSource {
  /// What is needed to draw any frame of a clip.
  struct Clip: Sendable {
    var colour: [Float]
    /// Half of the bar's width in pixels.
    var width: Float
    /// In radians: of the first frame, and from a frame to the next.
    var angle: Float
    var turn: Float
  }

  let channels = 3
  let imageSize = 64
  let summary = "turning bars, 64 x 64 px, colour"

  /// Every draw makes a new clip.
  func clipCount(_ split: Split) -> Int? { nil }

  func drawClip(_ split: Split, length: Int, random: inout CounterRandom) -> Clip {
    Clip(
      colour: (0..<3).map { _ in random.uniform(in: 0.2...1) }, width: random.uniform(in: 3...8),
      angle: random.uniform(in: 0...Float.pi), turn: random.uniform(in: 0.05...0.2))
  }

  func render(_ clip: Clip, frame index: Int, into pixels: UnsafeMutableBufferPointer<Float>) {
    let angle = clip.angle + Float(index) * clip.turn
    let (sine, cosine) = (sin(angle), cos(angle))
    for y in 0..<64 {
      for x in 0..<64 {
        let (dy, dx) = (Float(y) - 31.5, Float(x) - 31.5)
        let (along, across) = (abs(dx * cosine + dy * sine), abs(dy * cosine - dx * sine))
        let cover = max(0, min(1, clip.width - across + 0.5)) * max(0, min(1, 24.5 - along))
        for channel in 0..<3 { pixels[(channel * 64 + y) * 64 + x] = cover * clip.colour[channel] }
      }
    }
  }
}

let (batchSize, steps) = (8, 20)
let sizes = DRNet.Sizes(channels: 3, width: 8, contentDim: 16, poseDim: 4, normalise: false)

let results = try twoBackends().map { backend in
  let model = try DRNet(sizes, on: backend)
  try model.initialise(seed: 1, on: backend)
  let trainer = try DRNetTrainer(model, settings: DRNetTrainer.Settings(), batchSize: batchSize, on: backend)
  for step in 0..<steps {
    let batch = try TurningBars().batch(step: step, size: batchSize, maxStep: 8, seed: 1)
    try trainer.step(batch.frames)
  }
  let losses = try trainer.collectLosses().compactMap { $0[.reconstruction] }
  print("reconstruction: step 1: \(losses[0]), step 5: \(losses[4]), step \(steps): \(losses[steps - 1])")
  return (backend, losses[4])
}
// Rounding errors of float32 (6e-8) grow with every step of Adam, so an early step is compared.
compare(results, tolerance: 1e-3)

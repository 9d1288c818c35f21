import DRNetGPU
import Foundation
import TensorEngine
import TwoBackends

/// A sparse autoencoder of images, (N, 1, 16, 16) -> code (N, 8) -> (N, 1, 16, 16): a network and a loss of our
/// own, trained on two backends.
struct Autoencoder: Module {
  let shrink = NormalisedLayer.convolution(
    "encoder.0", "encoder.1", from: 1, to: 8, window: 4, stride: 2, padding: 1, activation: .leakyReLU(slope: 0.2))
  let code = Conv2D("encoder.2", from: 8, to: 8, window: 8)
  let unfold = NormalisedLayer.transposed(
    "decoder.0", "decoder.1", from: 8, to: 8, window: 8, activation: .leakyReLU(slope: 0.2))
  let image = ConvTranspose2D("decoder.2", from: 8, to: 1, window: 4, stride: 2, padding: 1)

  var parameters: [Parameter] { shrink.parameters + code.parameters + unfold.parameters + image.parameters }

  /// x (N, 1, 16, 16) -> the code (N, 8, 1, 1) and the image again.
  func callAsFunction(_ x: Tensor, _ tape: Tape) throws -> (code: Tensor, decoded: Tensor) {
    let code = try code(shrink(x, tape), tape)
    return (code, try tape.activation(.sigmoid, image(unfold(code, tape), tape)))
  }
}

/// One training step, recorded once and then replayed: loss = mean (decoded - x)^2 + 0.01 mean code^2.
final class Training {
  static let batchSize = 16
  let network = Autoencoder()
  private let backend: any Backend
  private let optimiser: AdamOptimiser
  private let images: Tensor
  private let losses: [Tensor]
  private let replay: any Replay
  private var step = 0

  init(on backend: any Backend) throws {
    self.backend = backend
    try network.allocateParameters(on: backend)
    try network.initialise(seed: 1, network: 0, on: backend)
    optimiser = try AdamOptimiser(network.namedParameters(), on: backend)
    images = try backend.allocate(.features(Self.batchSize, 1, 16, 16))
    let noCode = try backend.upload(HostTensor([Self.batchSize, 8, 1, 1]), as: .features)
    let weights = try [1, 0.01].map { try backend.upload(HostTensor([1], [Float($0)]), as: .plain) }

    let recorder = Recorder(for: backend)
    let tape = Tape(recorder, mode: .training, tracking: network.parameters)
    let (code, decoded) = try network(images, tape)
    let error = try tape.meanSquaredError(decoded, images)
    let sparsity = try tape.meanSquaredError(code, noCode)
    try optimiser.update(with: tape.gradients(of: [(error, weights[0]), (sparsity, weights[1])]), on: recorder)
    losses = try [error, sparsity].map(recorder.keep)
    replay = try backend.prepare([recorder.schedule])[0]
  }

  /// Takes one step and returns its reconstruction error.
  func step(on batch: HostTensor) throws -> Float {
    try backend.upload(batch, to: images)
    step += 1
    try optimiser.begin(step: step, learningRate: 0.01)
    try replay.run()
    return try backend.download(losses[0]).values[0]
  }
}

/// A batch of discs at random places, (N, 1, 16, 16) in [0, 1]; a pure function of the step.
func discs(step: Int) -> HostTensor {
  var batch = HostTensor([Training.batchSize, 1, 16, 16])
  for sample in 0..<Training.batchSize {
    var random = CounterRandom(seed: 1, purpose: .data, step: step, sample: sample)
    let (row, column) = (random.uniform(in: 4...11), random.uniform(in: 4...11))
    for y in 0..<16 {
      for x in 0..<16 {
        let distance = ((Float(y) - row) * (Float(y) - row) + (Float(x) - column) * (Float(x) - column)).squareRoot()
        batch.values[(sample * 16 + y) * 16 + x] = max(0, min(1, 3.5 - distance))
      }
    }
  }
  return batch
}

let results = try twoBackends().map { backend in
  let training = try Training(on: backend)
  let losses = try (0..<200).map { try training.step(on: discs(step: $0)) }
  print("step 1: \(losses[0]), step 10: \(losses[9]), step 200: \(losses[199])")

  let file = FileManager.default.temporaryDirectory.appending(path: "autoencoder-\(UUID().uuidString).safetensors")
  defer { try? FileManager.default.removeItem(at: file) }
  try training.network.weights(from: backend).write(to: file)
  let copy = try Training(on: backend)
  try copy.network.load(SafetensorsFile.read(file), on: backend)
  return (backend, losses[9])
}
// Rounding errors of float32 (6e-8) grow with every step of Adam, so an early step is compared.
compare(results, tolerance: 1e-3)

import Foundation
import TestSupport
import Testing

@testable import DRNetGPU

/// Runs every tile of the GPU family, with whole and with split sums, whatever a plan would choose on this device.
@Suite("Tiled parity", .serialized, .enabled(if: TestDevice.isThere))
struct TiledParityTests {
  private static let seed: UInt64 = 1

  /// Every tile that some device is given.
  private static let tiles = [8, 32].flatMap { width in
    MatrixTile.choices(
      on: DeviceTraits(
        kind: .gpu, computeUnits: 1, maxWorkGroupSize: 1024, localMemoryBytes: 64 << 10, subGroupWidth: width))
  }

  private static let names: Set<OpName> = [
    .conv2DForward, .conv2DBackwardInput, .conv2DBackwardWeight, .convTranspose2DForward, .linearBackwardWeight,
  ]

  /// Cases with odd edges that stay small; those of a checker are left to it.
  private static func cases(of name: OpName) -> [ParityCase] {
    name.type.parityCases.filter {
      $0.isSmall && ($0.name.contains("odd extents") || $0.name.contains("one pixel out") || $0.name == "past a block")
    }
  }

  @Test("There are four tiles") func count() { #expect(Set(Self.tiles).count == 4) }

  @Test("Products of matrices agree with their references in every tile", arguments: Self.tiles, [1, 3])
  func tile(_ tile: MatrixTile, parts: Int) throws {
    let device = try #require(TestDevice.device)
    var traits = DeviceTraits(device.facts)
    traits.kind = .gpu
    traits.localMemoryBytes = 64 << 10
    traits.matrixSplit = MatrixSplit(tile, parts: parts)
    let backend = try OpenCLBackend(
      device, memoryMode: .separate, library: .embedded, programFolder: .standard, traits: traits)
    for name in Self.names {
      for parityCase in Self.cases(of: name) {
        let hosts = parityCase.drawInputs(seed: Self.seed)
        let expected = runReference(parityCase.op, parityCase.inputs, hosts.map { $0.values.map(Double.init) })
        let inputs = try zip(hosts, parityCase.inputs).map { try backend.upload($0, as: $1.role) }
        let output = try backend.run(parityCase.op, inputs)[0]
        let found = try backend.download(output)
        let share = ToleranceShare(found.values.map(Double.init), expected[0], parityCase.tolerance)
        #expect(share.share <= 1, "\(name) \(parityCase.name), \(tile), \(parts) parts: \(share)")
        let padded = BlockedLayout(output.type).pack(found)
        #expect(try backend.deviceValues(output) == padded, "\(name) \(parityCase.name): padding is not zero")
      }
    }
    let kernels = ["conv2d_tiled", "conv2d_backward_weight_tiled"]
    for kernel in kernels {
      let isRun = backend.enqueuedKernels.contains { variant in
        variant.kernel == kernel && tile.defines.allSatisfy { variant.defines[$0] == $1 }
      }
      #expect(isRun, "\(kernel) with \(tile) was not run")
    }
  }
}

import Foundation
import TestSupport
import Testing

@testable import TensorEngine

/// Runs every tiling of products that some device may be given, whatever a plan would choose on this one.
@Suite("Tiling parity", .serialized, .enabled(if: TestDevice.isThere), .exclusiveDevice)
struct TilingParityTests {
  private static let seed: UInt64 = 1

  /// Every tile of a work-group that some device is given.
  private static let tiles = [8, 32].flatMap { width in
    MatrixTile.choices(
      on: DeviceTraits(
        kind: .gpu, computeUnits: 1, maxWorkGroupSize: 1024, localMemoryBytes: 64 << 10, subGroupWidth: width))
  }

  private static let registerTilings = Tiling.choices(
    on: DeviceTraits(kind: .cpu, computeUnits: 1, maxWorkGroupSize: 1024, localMemoryBytes: 64 << 10))

  private static let names: Set<OpName> = [
    .conv2DForward, .conv2DBackwardInput, .conv2DBackwardWeight, .convTranspose2DForward, .linearBackwardWeight,
  ]

  /// Cases with odd edges, and some without, that stay small; those of a checker are left to it.
  private static func isOddAndSmall(_ parityCase: ParityCase) -> Bool {
    let name = parityCase.name
    return parityCase.isSmall
      && (["odd extents", "one pixel out", "in step"].contains { name.contains($0) } || name == "past a block")
  }

  @Test("There are four tiles and twelve tilings in registers") func count() {
    #expect(Set(Self.tiles).count == 4)
    #expect(Set(Self.registerTilings).count == 12)
  }

  /// Parts of sums are float32 in both precisions; the largest tile loads halves as the narrow one does.
  private static let splits: [(MatrixSplit, Precision)] = tiles.flatMap { tile in
    let inFloat = [1, 3].map { (MatrixSplit(tile, parts: $0), Precision.float) }
    return tile.items == 256 ? inFloat : inFloat + [(MatrixSplit(tile, parts: 1), .mixed)]
  }

  @Test("Products agree with their references in every tile of a work-group", arguments: Self.splits)
  func tile(_ split: MatrixSplit, precision: Precision) throws {
    let tile = split.tile
    let variants = try check(.workGroups(split), .gpu, precision)
    for kernel in ["conv2d_tiled", "conv2d_backward_weight_tiled"] {
      let isRun = variants.contains { variant in
        variant.kernel == kernel && tile.defines.allSatisfy { variant.defines[$0] == $1 }
          && (variant.defines["X_HALF"] == "1" || precision == .float)
      }
      #expect(isRun, "\(kernel) with \(tile) was not run")
    }
  }

  @Test("Products agree with their references in every tiling in registers", arguments: Self.registerTilings)
  func registers(_ tiling: Tiling) throws {
    guard case .registers(let rows, let blocks) = tiling else { return }
    let variants = try check(tiling, .cpu)
    #expect(
      variants.contains {
        $0.kernel == "conv2d_gather" && $0.defines["TILE_PIXELS"] == "\(rows)"
          && $0.defines["TILE_OUTPUTS"] == "\(blocks)"
      })
  }

  @Test(
    "Winograd's products agree with their references in every tile of registers",
    arguments: [(8, [1]), (16, [2, 4])], [1, 64])
  func winograd(vector: (width: Int, outputs: [Int]), computeUnits: Int) throws {
    var traits = DeviceTraits(try #require(TestDevice.device).facts)
    traits.kind = .cpu
    traits.nativeVectorWidth = vector.width
    traits.computeUnits = computeUnits
    let variants = try check(traits) { $0.name.contains("blocks") }
    for kernel in ["conv2d_winograd", "conv2d_winograd_backward_weight"] {
      let tiles = variants.filter { $0.kernel == kernel }.compactMap { $0.defines["TILE_OUTPUTS"] }
      #expect(Set(tiles) == Set(vector.outputs.map(String.init)), "\(kernel)")
    }
  }

  /// Runs the small cases with a tiling, and returns what kernels that took.
  private func check(
    _ tiling: Tiling, _ kind: DeviceTraits.Kind, _ precision: Precision = .float
  ) throws -> Set<KernelVariant> {
    var traits = DeviceTraits(try #require(TestDevice.device).facts).with(tiling)
    traits.kind = kind
    traits.localMemoryBytes = 64 << 10
    traits.precision = precision
    return try check(traits, Self.isOddAndSmall)
  }

  /// Runs cases, and returns what kernels that took.
  private func check(_ traits: DeviceTraits, _ isTaken: (ParityCase) -> Bool) throws -> Set<KernelVariant> {
    let device = try #require(TestDevice.device)
    let backend = try OpenCLBackend(
      device, memoryMode: .separate, library: .embedded, programFolder: .standard, traits: traits)
    for name in Self.names {
      for parityCase in name.type.parityCases where isTaken(parityCase) {
        let hosts = parityCase.drawInputs(seed: Self.seed, precision: traits.precision)
        let expected = runReference(parityCase.op, parityCase.inputs, hosts.map { $0.values.map(Double.init) })
        let inputs = try zip(hosts, parityCase.inputs).map { try backend.upload($0, as: $1.role) }
        let outputs = try backend.run(parityCase.op, inputs)
        let found = try backend.download(outputs[0])
        let tolerance = parityCase.tolerance.stored(in: BlockedLayout(outputs[0].type, traits.precision))
        let share = ToleranceShare(found.values.map(Double.init), expected[0], tolerance)
        #expect(share.share <= 1, "\(name) \(parityCase.name), \(traits): \(share)")
        let padded = BlockedLayout(outputs[0].type).pack(found)
        #expect(try backend.deviceValues(outputs[0]) == padded, "\(name) \(parityCase.name): padding is not zero")
      }
    }
    return backend.enqueuedKernels
  }
}

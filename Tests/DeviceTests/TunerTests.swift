import Foundation
import Testing

@testable import DRNetGPU
@testable import TensorEngine

@Suite(.enabled(if: TestDevice.isThere), .exclusiveDevice) struct TunerTests {
  private let folder = ProgramFolder(
    path: FileManager.default.temporaryDirectory.appending(path: "drnet-tuning-\(UUID().uuidString)").path)

  private func backend() throws -> OpenCLBackend {
    try OpenCLBackend(
      #require(TestDevice.device), library: .embedded, programFolder: .standard, tuningFolder: folder)
  }

  private let op = Conv2DForward(stride: 2, padding: 1)
  private let types: [TensorType] = [.features(2, 16, 8, 8), .filter(32, 16, 4, 4), .channels(32)]

  @Test func aProductIsMeasuredWithEveryTiling() throws {
    defer { try? FileManager.default.removeItem(atPath: folder.path) }
    let backend = try backend()
    #expect(backend.tuningSummary.hasPrefix("not tuned"))
    let outcome = try Tuner(on: backend).tune(OpCount(op: op, inputs: types, count: 3))
    #expect(outcome.candidates > 1 && outcome.rejected.isEmpty, "\(outcome)")
    #expect(outcome.count == 3 && outcome.entry.seconds > 0)
    #expect(outcome.entry.seconds <= outcome.entry.estimatedSeconds)
    #expect(outcome.entry.subject == TuningTable.Subject(op, types))

    let file = try #require(try backend.keep([outcome.entry]))
    #expect(FileManager.default.fileExists(atPath: file))
    let later = try self.backend()
    #expect(later.plan(op, types) == op.plan(types, on: later.traits.with(outcome.entry.tiling)))
    #expect(later.tuningSummary == "tuned: 1 of 1 matrix products use measured tilings")
  }

  @Test func whatIsStoredIsWhatIsPlanned() throws {
    defer { try? FileManager.default.removeItem(atPath: folder.path) }
    let first = try backend()
    let choice = try #require(
      Tiling.choices(on: first.traits).first {
        op.plan(types, on: first.traits.with($0)) != op.plan(types, on: first.traits)
      })
    _ = try first.keep([TuningTable.Entry(op, types, tiling: choice, seconds: 1, estimatedSeconds: 2)])
    #expect(first.plan(op, types) == op.plan(types, on: first.traits.with(choice)))
    let second = try backend()
    #expect(second.plan(op, types) == first.plan(op, types))
    let other = Conv2DForward(stride: 1, padding: 1)
    #expect(second.plan(other, types) == other.plan(types, on: second.traits))
  }
}

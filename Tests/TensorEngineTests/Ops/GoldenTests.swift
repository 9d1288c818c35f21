import TestSupport
import Testing

@testable import TensorEngine

@Suite("The CPU backend computes what PyTorch computes")
struct GoldenTests {
  @Test("for every op")
  func ops() throws {
    let cases = try Golden.opCases()
    #expect(Set(cases.map { type(of: $0.op).name }) == Set(OpName.allCases), "an op has no golden case")
    for golden in cases {
      let found = runReference(golden.op, golden.types, golden.inputs.map(\.values))
      let outputs = zip(golden.op.outputTypes(golden.types), found).map { HostTensor($0.shape, $1) }
      for (index, share) in golden.shares(outputs).enumerated() {
        #expect(share.share <= 1, "\(golden), output \(index): \(share)")
      }
    }
  }

  @Test("for every network", arguments: ["case1", "case2"])
  func networks(name: String) throws {
    for (what, share) in try GoldenNetworks(case: name, on: CPUBackend()).shares {
      #expect(share <= 1, "\(name) \(what): \(share) of the tolerance")
    }
  }

  @Test("for networks of every kind and size", arguments: try GoldenNetworks.variants())
  func variants(name: String) throws {
    for (what, share) in try GoldenNetworks(variant: name, on: CPUBackend()).shares {
      #expect(share <= 1, "\(name) \(what): \(share) of the tolerance")
    }
  }

  @Test("for the judge")
  func judge() throws {
    for (what, share) in try GoldenNetworks(judgeOn: CPUBackend()).shares {
      #expect(share <= 1, "\(what): \(share) of the tolerance")
    }
  }

  @Test("for ten steps of the main model")
  func mainTraining() throws { try GoldenTraining.main(on: CPUBackend()).expectWithinTolerance() }

  @Test("for ten steps of the main model against the content predictor")
  func contentTraining() throws {
    try GoldenTraining.main("content_training", on: CPUBackend()).expectWithinTolerance()
  }

  @Test("for ten steps of the pose LSTM", arguments: GoldenTraining.poseFiles)
  func poseTraining(name: String) throws { try GoldenTraining.pose(name, on: CPUBackend()).expectWithinTolerance() }
}

import Foundation
import TestSupport
import Testing

@testable import TensorEngine

@Suite("The OpenCL device computes what PyTorch computes", .serialized, .exclusiveDevice)
struct GoldenDeviceTests {
  private let backend: OpenCLBackend

  init() throws { backend = try OpenCLBackend(#require(TestDevice.device)) }

  @Test("for every op")
  func ops() throws {
    for golden in try Golden.opCases() {
      let inputs = try zip(golden.inputs, golden.types).map { try backend.upload($0, as: $1.role) }
      let outputs = try backend.run(golden.op, inputs).map(backend.download)
      for (index, share) in golden.shares(outputs).enumerated() {
        #expect(share.share <= 1, "\(golden), output \(index): \(share)")
      }
    }
  }

  @Test("for every network", arguments: ["case1", "case2"])
  func networks(name: String) throws {
    for (what, share) in try GoldenNetworks(case: name, on: backend).shares {
      #expect(share <= 1, "\(name) \(what): \(share) of the tolerance")
    }
  }

  @Test("for networks of every kind and size", arguments: try GoldenNetworks.variants())
  func variants(name: String) throws {
    for (what, share) in try GoldenNetworks(variant: name, on: backend).shares {
      #expect(share <= 1, "\(name) \(what): \(share) of the tolerance")
    }
  }

  @Test("for the judge")
  func judge() throws {
    for (what, share) in try GoldenNetworks(judgeOn: backend).shares {
      #expect(share <= 1, "\(what): \(share) of the tolerance")
    }
  }

  @Test("for ten steps of the main model")
  func mainTraining() throws { try GoldenTraining.main(on: backend).expectWithinTolerance() }

  @Test("for ten steps of the main model against the content predictor")
  func contentTraining() throws { try GoldenTraining.main("content_training", on: backend).expectWithinTolerance() }

  @Test("for ten steps of the pose LSTM", arguments: GoldenTraining.poseFiles)
  func poseTraining(name: String) throws { try GoldenTraining.pose(name, on: backend).expectWithinTolerance() }
}

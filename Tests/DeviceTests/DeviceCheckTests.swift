import Foundation
import Testing

@testable import DRNetGPU
@testable import TensorEngine

@Suite(.enabled(if: TestDevice.isThere), .exclusiveDevice) struct DeviceCheckTests {
  @Test func aSoundDevicePasses() throws {
    #expect(try DeviceCheck.fault(of: OpenCLBackend(#require(TestDevice.device))) == nil)
    #expect(try DeviceCheck.fault(of: CPUBackend()) == nil)
  }

  /// A device whose sigmoids are a tenth too small.
  @Test func aDeviceThatComputesWronglyDoesNot() throws {
    var files = KernelLibrary.embedded.files
    let index = try #require(files.firstIndex { $0.name == "activation.cl" })
    let text = files[index].text
    files[index].text = text.replacing("logistic(", with: "0.9f * logistic(")
      .replacing("1.0f / (1.0f + exp", with: "0.9f / (1.0f + exp")
    #expect(files[index].text != text)
    let broken = try OpenCLBackend(
      #require(TestDevice.device), library: KernelLibrary(files), programFolder: nil,
      traits: DeviceTraits(#require(TestDevice.device).facts))
    #expect(try DeviceCheck.fault(of: broken)?.hasPrefix("the gradient ") == true)
  }

  @Test func whatWasCheckedIsRemembered() throws {
    try TestDevice.withFolder { path in
      func backend() throws -> OpenCLBackend {
        try OpenCLBackend(
          #require(TestDevice.device), library: TestDevice.arithmetic, programFolder: nil,
          tuningFolder: ProgramFolder(path: path))
      }
      #expect(try !backend().isChecked)
      try backend().rememberCheck()
      #expect(try backend().isChecked)
    }
  }
}

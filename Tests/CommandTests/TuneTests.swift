import Foundation
import Testing

@Suite struct TuneTests {
  @Test func theCPUBackendHasNothingToTune() throws {
    try Workspace().expectFailure(["tune"] + TinyRun.cpu, status: 2, says: ["--backend cpu", "OpenCL"])
    try Workspace().expectFailure(["tune", "--width", "0"], status: 2, says: ["--width 0"])
    try Workspace().expectFailure(["tune", "gone"], says: ["gone", "no such file or folder"])
  }

  @Test func withoutADeviceTuningFailsInOneLine() throws {
    let workspace = try Workspace()
    try FileManager.default.createDirectory(at: workspace["drivers"], withIntermediateDirectories: true)
    try workspace.expectFailure(
      ["tune"], environment: ["OCL_ICD_VENDORS": workspace["drivers"].path + "/"],
      says: ["CPU backend", "drnet devices"])
  }
}

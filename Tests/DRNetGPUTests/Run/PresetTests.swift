import Foundation
import Testing

@testable import DRNetGPU

@Suite struct PresetTests {
  @Test(arguments: Preset.allCases) func settingsAreValidAndHaveASource(preset: Preset) throws {
    var (main, pose) = (RunConfiguration(), PoseConfiguration())
    preset.apply(to: &main)
    preset.apply(to: &pose, after: main)
    try main.validate()
    try pose.validate()
    #expect(main.preset == preset && DataSet(rawValue: main.data) != nil)
    #expect(preset.settings.allSatisfy { !$0.source.isEmpty && !$0.value.contains("Optional") })
    // Nothing that the result depends on is left to the library's defaults.
    let flags = Set(preset.settings.filter { !$0.isOfPose }.map(\.flag))
    #expect(
      flags.isSuperset(of: [
        "data", "image-size", "content-encoder", "pose-encoder", "decoder", "width", "content-dim", "pose-dim",
        "normalize", "batch-size", "max-step", "alpha", "beta", "learning-rate", "beta1", "steps",
      ]))
  }

  @Test func whatIsSaidLastHolds() {
    var (main, pose) = (RunConfiguration(), PoseConfiguration())
    Preset.kth128.apply(to: &main)
    Preset.kth128.apply(to: &pose, after: main)
    #expect(main.imageSize == 128 && main.decoder == .vggUNet && main.poseEncoder == .resnet18)
    Preset.norb.apply(to: &main)
    Preset.norb.apply(to: &pose, after: main)
    #expect(main.imageSize == 64 && main.maxStep == 17 && pose.rnnSize == 256)
  }

  @Test func whatFollowsFromASettingFollowsItsChange() {
    var (main, pose) = (RunConfiguration(), PoseConfiguration())
    Preset.demo.apply(to: &main)
    Preset.demo.apply(to: &pose, after: main)
    #expect(main.alphaWarmUp == 8000 && pose.batchSize == 32)
    (main.steps, main.batchSize) = (100, 8)
    Preset.demo.stretchWarmUp(of: &main)
    Preset.demo.apply(to: &pose, after: main)
    #expect(main.alphaWarmUp == 100 && pose.batchSize == 8)
    Preset.kth.stretchWarmUp(of: &main)
    #expect(main.alphaWarmUp == 100)
  }

  @Test func aConfigurationKeepsItsPreset() throws {
    var main = RunConfiguration()
    Preset.suncg.apply(to: &main)
    main.width = 16
    let read = try JSONDecoder().decode(RunConfiguration.self, from: JSONEncoder().encode(main))
    #expect(read == main && read.preset == .suncg)
  }
}

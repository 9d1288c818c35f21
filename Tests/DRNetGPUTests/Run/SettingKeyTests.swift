import Foundation
import Testing

@testable import DRNetGPU

@Suite struct SettingKeyTests {
  /// `dataRoot` as `data-root`.
  private func flag(_ property: String) -> String {
    property.replacing(/[A-Z]/) { "-" + $0.output.lowercased() }
  }

  private func properties(of configuration: Any) -> Set<String> {
    Set(Mirror(reflecting: configuration).children.compactMap { $0.label.map(flag) })
  }

  @Test func everythingStoredIsInItsTableOnce() {
    #expect(
      properties(of: RunConfiguration()).subtracting(["device", "pose"]) == Set(RunConfiguration.settings.map(\.flag)))
    // The step of the main model is found, not set.
    #expect(
      properties(of: PoseConfiguration()).subtracting(["device", "model-step"])
        == Set(PoseConfiguration.settings.map(\.flag)))
    #expect(Set(RunConfiguration.settings.map(\.flag)).count == RunConfiguration.settings.count)
    #expect(Set(PoseConfiguration.settings.map(\.flag)).count == PoseConfiguration.settings.count)
  }

  @Test func defaultsAreWhatANewConfigurationHolds() {
    let main = Dictionary(uniqueKeysWithValues: RunConfiguration.settings.map { ($0.flag, $0.defaultText) })
    #expect(main["alpha"] == "1.0" && main["decoder"] == "dcgan" && main["alpha-warm-up"] == "off")
    #expect(main["data"] == "embedded" && main["batch-size"] == "100" && main["normalize"] == "false")
    let pose = Dictionary(uniqueKeysWithValues: PoseConfiguration.settings.map { ($0.flag, $0.defaultText) })
    #expect(pose["rnn-size"] == "256" && pose["seed"] == "the main model's")
  }

  @Test func settingsAreStoredByTypeAndNilChangesNothing() throws {
    var configuration = RunConfiguration()
    let data = try #require(RunConfiguration.setting("data"))
    #expect(data.set(DataSet.mnist, in: &configuration) && configuration.data == "mnist")
    let warmUp = try #require(RunConfiguration.setting("alpha-warm-up"))
    #expect(warmUp.set(5, in: &configuration) && configuration.alphaWarmUp == 5)
    #expect(!warmUp.set(Int?.none as Any, in: &configuration) && configuration.alphaWarmUp == 5)
    #expect(!warmUp.set("five", in: &configuration) && configuration.alphaWarmUp == 5)
    let preset = try #require(RunConfiguration.setting("preset"))
    #expect(preset.set(Preset?.some(.kth) as Any, in: &configuration) && configuration.preset == .kth)
    let decoder = try #require(RunConfiguration.setting("decoder"))
    #expect(decoder.set(DecoderNetwork.vggUNet, in: &configuration) && decoder.text(in: configuration) == "vgg-unet")
  }

  @Test func aPoseLSTMBeginsWithWhatItsModelHas() {
    var main = RunConfiguration()
    (main.batchSize, main.seed) = (8, 3)
    let plain = PoseConfiguration(after: main)
    #expect(plain.batchSize == 8 && plain.seed == 3 && plain.learningRate == 0.0002)
    Preset.demo.apply(to: &main)
    let ofPreset = PoseConfiguration(after: main)
    #expect(ofPreset.batchSize == 32 && ofPreset.seed == 3 && ofPreset.learningRate == 0.003)
    main.batchSize = 6
    #expect(PoseConfiguration(after: main).batchSize == 6)
  }
}

/// The encoders there are.
public enum EncoderNetwork: String, CaseIterable, Codable, Sendable {
  case dcgan
  case vgg
  case resnet18
}

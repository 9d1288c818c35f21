/// The networks that can be an encoder.
public enum EncoderNetwork: String, CaseIterable, Codable, Sendable {
  /// `DCGANEncoder`.
  case dcgan
  /// `VGGEncoder`.
  case vgg
  /// `ResNetEncoder`.
  case resnet18
}

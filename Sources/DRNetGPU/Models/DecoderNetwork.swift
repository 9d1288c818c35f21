/// The networks that can be a decoder. A UNet takes skip connections from the content encoder of the same name.
public enum DecoderNetwork: String, CaseIterable, Codable, Sendable {
  /// `DCGANDecoder` without skips.
  case dcgan
  /// `DCGANDecoder` with skips.
  case dcganUNet = "dcgan-unet"
  /// `VGGDecoder`, which has skips.
  case vggUNet = "vgg-unet"
  /// `SpatialDecoder`.
  case spatial

  /// The only content encoder whose feature maps fit; nil if the decoder takes none, so that any encoder fits.
  public var contentEncoder: EncoderNetwork? {
    switch self {
    case .dcgan, .spatial: nil
    case .dcganUNet: .dcgan
    case .vggUNet: .vgg
    }
  }

  /// Whether it takes the content encoder's feature maps.
  public var hasSkips: Bool { contentEncoder != nil }
}

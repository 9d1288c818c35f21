/// The decoders there are; those called unet take skips from the content encoder of the same name.
public enum DecoderNetwork: String, CaseIterable, Codable, Sendable {
  case dcgan
  case dcganUNet = "dcgan-unet"
  case vggUNet = "vgg-unet"

  /// The only content encoder whose feature maps fit; nil where the decoder takes none, and so any encoder will do.
  public var contentEncoder: EncoderNetwork? {
    switch self {
    case .dcgan: nil
    case .dcganUNet: .dcgan
    case .vggUNet: .vgg
    }
  }

  /// Whether it takes feature maps of the content frame.
  public var hasSkips: Bool { contentEncoder != nil }
}

/// A clip as a container of prepared clips takes it: scaled, with what is known about it.
package struct PreparedClip: Equatable, Sendable {
  /// Differs from the names of all other clips.
  package var name: String
  package var split: Split
  /// Position in `classNames`; nil where the data have no classes.
  package var label: Int?
  /// `factors[frame]`: what moves, in numbers; as many for every frame.
  package var factors: [[Float]]
  /// `frames[frame]`: (C, H, W), 8 bits a value.
  package var frames: [[UInt8]]
  /// Whether the first frame follows the last one, so that the clip may be read on and on.
  package var isCircular: Bool
}

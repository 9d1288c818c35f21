/// A clip for a file of prepared clips: scaled frames, with their label and factors.
package struct PreparedClip: Equatable, Sendable {
  /// Differs from the names of all other clips.
  package var name: String
  /// nil if it is decided when all clips are known, for all clips of a group alike.
  package var split: Split?
  /// The group of a clip without a split.
  package var group: String?
  /// Position in `classNames`; nil if the data have no classes.
  package var label: Int?
  /// `factors[frame]`: the values of the factor that changes within a clip; as many for every frame.
  package var factors: [[Float]]
  /// `frames[frame]`: (C, H, W), 8 bits per value.
  package var frames: [[UInt8]]
  /// Whether the first frame follows the last one, so that the clip can be read without end.
  package var isCircular: Bool
}

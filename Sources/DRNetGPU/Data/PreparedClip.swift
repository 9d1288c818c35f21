/// A clip for a file of prepared clips: scaled frames, with their labels and factors.
package struct PreparedClip: Equatable, Sendable {
  /// Differs from the names of all other clips.
  package var name: String
  /// nil if it is decided when all clips are known, for all clips of a group alike.
  package var split: Split?
  /// The group of a clip without a split.
  package var group: String?
  /// A position in the values of each of the reader's `classes`.
  package var labels: [Int]
  /// `factors[frame]`: the numbers of the reader's `factors`, one factor after the other; empty without factors.
  package var factors: [[Float]]
  /// `frames[frame]`: (C, H, W), 8 bits per value.
  package var frames: [[UInt8]]
  /// Whether the first frame follows the last one, so that the clip can be read without end.
  package var isCircular: Bool
}

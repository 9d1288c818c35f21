/// A property of clips that has a name and named values, such as class or action, and is the same in all frames of a clip.
public struct ClipClass: Codable, Equatable, Sendable {
  /// Such as class.
  public let name: String
  /// The values, in the order of their labels.
  public let values: [String]

  /// A property `name` with these values.
  public init(_ name: String, _ values: [String]) { (self.name, self.values) = (name, values) }
}

/// What changes within a clip, such as position or azimuth: one or more numbers a frame.
public struct ClipFactor: Codable, Equatable, Sendable {
  /// Such as position.
  public let name: String
  /// Numbers a frame.
  public let size: Int

  /// A factor of `size` numbers a frame.
  public init(_ name: String, size: Int) { (self.name, self.size) = (name, size) }
}

/// What shows the same content throughout, so that frames of a training step may come from anywhere in it.
public enum SceneExtent: String, CaseIterable, Codable, Sendable {
  /// Each clip by itself, as in the paper.
  case clip
  /// All clips of a folder, such as the turns of an object or the actions of a character: `FolderScenes`.
  case folder
}

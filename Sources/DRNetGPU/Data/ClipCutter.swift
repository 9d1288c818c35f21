import Files

/// Cuts the frames of a video or folder into clips, as they come.
struct ClipCutter {
  let name: String
  let settings: OwnVideos.Settings
  /// Clips so far.
  private(set) var clips = 0
  /// What is known of all clips.
  private var known: (split: Split?, labels: [Int]) = (nil, [])
  /// The numbers that change in each frame; empty if there are none.
  private var factors: [[Float]] = []

  init(name: String, _ settings: OwnVideos.Settings) {
    self.name = name
    self.settings = settings
  }

  /// Notes what is known of all clips, and the numbers that change in each frame.
  mutating func know(_ known: (split: Split?, labels: [Int]), factors: [[Float]]) {
    (self.known, self.factors) = (known, factors)
  }

  /// Passes on the clips of each scene: one, or several if it is too long. A rest of one frame is no clip.
  /// - Parameters:
  ///   - scenes: ranges of frames, in order; the last may reach beyond the end.
  ///   - frame: the frame at a place, (C, H, W), 8 bits per value; nil after the end. It is called for places in order.
  /// - Throws: `FileError` if there are fewer than two frames; what `pass` and `frame` throw.
  mutating func cut(
    _ scenes: [Range<Int>], _ pass: (ClipReading) throws -> Void, frame: (_ place: Int) throws -> [UInt8]?
  ) throws {
    let limit = settings.clipFrames ?? OwnVideos.maxClipFrames
    for (number, scene) in scenes.enumerated() {
      let sceneName = scenes.count == 1 ? name : "\(name)#\(number + 1)"
      var (frames, parts, place): ([[UInt8]], Int, Int) = ([], 0, scene.lowerBound)
      func passClip(_ clipName: String) throws {
        let rest = frames.dropFirst(limit)
        let first = place - frames.count
        let group = settings.clipFrames == nil ? sceneName : clipName
        try pass(
          .clip(
            PreparedClip(
              name: clipName, split: known.split, group: known.split == nil ? group : nil, labels: known.labels,
              factors: factors.isEmpty ? [] : Array(factors[first..<place - rest.count]),
              frames: Array(frames.prefix(limit)), isCircular: false)))
        frames = Array(rest)
      }
      func partName() -> String { sceneName + (scenes.count == 1 ? "#" : ".") + "\(parts + 1)" }
      while place < scene.upperBound, let next = try frame(place) {
        frames.append(next)
        place += 1
        // The name depends on whether a further clip follows.
        guard frames.count == limit + 2 else { continue }
        try passClip(partName())
        (parts, clips) = (parts + 1, clips + 1)
      }
      guard frames.count > 1 else {
        throw FileError("\(sceneName): \(frames.count) frame\(frames.count == 1 ? "" : "s"), expected at least 2")
      }
      try passClip(parts == 0 ? sceneName : partName())
      clips += 1
    }
  }
}

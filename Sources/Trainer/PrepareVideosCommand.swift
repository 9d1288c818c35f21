import ArgumentParser
import DRNetGPU
import Foundation

struct PrepareVideosCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "videos", abstract: "Prepares your own videos, or folders of PNG frames.",
    discussion: """
      Uses all videos in the folder and its subfolders, decoded by ffmpeg. Long videos become several clips. File names
      decide which are held out, unless --labels has a column split: all clips of a video or none; with --scene-cuts each scene separately, and with
      --clip-frames each clip.
      Example:
        drnet prepare videos --from walks --crop --frame-rate 10 --out walks.clips
        drnet prepare videos --from films --scene-cuts --out films.clips
        drnet prepare videos --from camera --clip-frames 50 --out camera.clips
        drnet prepare videos --from actions --labels folders --out actions.clips
      """)

  @OptionGroup var options: PreparationOptions
  @OptionGroup var frameCrop: FrameCropOptions
  @Option(help: "Frames per second (default: every frame of a video once).") var frameRate: Double?
  @Flag(help: "Convert frames to greyscale.") var grey = false
  @Flag(help: "Cut videos at scene changes: each scene is a clip.") var sceneCuts = false
  @Option(help: "Cut videos, or scenes, into clips of this many frames.") var clipFrames: Int?
  @Option(help: "Percentage of the videos to hold out.") var heldOut = 15.0
  @Option(help: "Classes of the videos: folders (each is one), or a CSV file: clip,split,CLASS,...") var labels: String?

  func validate() throws {
    if let frameRate, !(frameRate > 0 && frameRate <= 1000) {
      throw ValidationError("--frame-rate \(frameRate): expected a number above 0 and up to 1000")
    }
    if let clipFrames, !(4...OwnVideos.maxClipFrames).contains(clipFrames) {
      throw ValidationError("--clip-frames \(clipFrames): expected a whole number from 4 to \(OwnVideos.maxClipFrames)")
    }
    if labels == "" { throw ValidationError("--labels: empty, expected folders or the name of a CSV file") }
    guard heldOut > 0, heldOut < 100 else {
      throw ValidationError("--held-out \(heldOut): expected a number above 0 and below 100")
    }
  }

  func run() throws {
    var settings = OwnVideos.Settings()
    settings.imageSize = options.size
    settings.isGrey = grey
    settings.crop = frameCrop.value
    settings.frameRate = frameRate
    settings.heldOutPercent = heldOut
    settings.cutsScenes = sceneCuts
    settings.clipFrames = clipFrames
    settings.labels = labels.map { $0 == "folders" ? .folders : .table(URL(filePath: $0)) }
    let videos = try OwnVideos(root: options.source, settings: settings)
    if videos.otherFiles > 0 {
      Terminal.message("ignored: \(videos.otherFiles) files whose suffixes are of neither videos nor PNG")
    }
    if let foreignRows = videos.foreignRows { Terminal.message(foreignRows) }
    try videos.requireBothSplits()
    try options.write(videos)
  }
}

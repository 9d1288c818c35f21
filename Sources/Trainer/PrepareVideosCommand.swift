import ArgumentParser
import DRNetGPU
import Foundation

struct PrepareVideosCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "videos", abstract: "Prepares your own videos, or folders of PNG frames.",
    discussion: """
      Takes all that lies in the folder and in the folders in it; ffmpeg decodes. Long videos become several clips. Which
      are held out follows from their names alone: all clips of a video are, or none, but with --scene-cuts each scene is
      by itself, and with --clip-frames each clip.
      Example:
        drnet prepare videos --from walks --crop --frame-rate 10 --out walks.clips
        drnet prepare videos --from films --scene-cuts --out films.clips
        drnet prepare videos --from camera --clip-frames 50 --out camera.clips
      """)

  @OptionGroup var options: PreparationOptions
  @Flag(help: "Take the square in the middle of each frame, not all of it squeezed.") var crop = false
  @Option(help: "Take a rectangle, WIDTH:HEIGHT:X:Y in pixels, instead.") var box: Box?
  @Option(help: "Frames a second; each video's own unless given.") var frameRate: Double?
  @Flag(help: "Take colours away.") var grey = false
  @Flag(help: "Cut videos where a new scene begins: each scene is a clip.") var sceneCuts = false
  @Option(help: "Cut videos, or their scenes, into clips of this many frames.") var clipFrames: Int?
  @Option(help: "Share of the videos to hold out, in percent.") var heldOut = 15.0

  func validate() throws {
    if crop, box != nil { throw ValidationError("--crop and --box say which part to take: name one") }
    if let frameRate, !(frameRate > 0 && frameRate <= 1000) {
      throw ValidationError("--frame-rate \(frameRate): expected a number above 0 and up to 1000")
    }
    if let clipFrames, !(4...OwnVideos.longestClip).contains(clipFrames) {
      throw ValidationError("--clip-frames \(clipFrames): expected a whole number from 4 to \(OwnVideos.longestClip)")
    }
    guard heldOut > 0, heldOut < 100 else {
      throw ValidationError("--held-out \(heldOut): expected a number above 0 and below 100")
    }
  }

  func run() throws {
    var settings = OwnVideos.Settings()
    settings.imageSize = options.size
    settings.isGrey = grey
    settings.crop = box?.crop ?? (crop ? .centre : .none)
    settings.frameRate = frameRate
    settings.heldOutPercent = heldOut
    settings.cutsScenes = sceneCuts
    settings.clipFrames = clipFrames
    let progress = PreparationProgress()
    let videos = try OwnVideos(root: options.source, settings: settings) {
      progress.show("looked \(sceneCuts ? "for scenes in" : "at") \($0) of \($1) videos and folders of frames")
    }
    if videos.otherFiles > 0 {
      Terminal.message("left alone: \(videos.otherFiles) files that are neither videos nor PNG by their endings")
    }
    if videos.shortScenes > 0 {
      Terminal.message("left out: \(videos.shortScenes) scenes of fewer than \(OwnVideos.shortestScene) frames")
    }
    try videos.requireBothSplits()
    try options.write(videos)
  }
}

/// A rectangle of a frame: WIDTH:HEIGHT:X:Y.
struct Box: ExpressibleByArgument {
  let crop: FrameCrop

  init?(argument: String) {
    let numbers = argument.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 4, let width = numbers[0], let height = numbers[1], let x = numbers[2], let y = numbers[3],
      (1...8192).contains(width), (1...8192).contains(height), (0...8192).contains(x), (0...8192).contains(y)
    else { return nil }
    crop = .box(width: width, height: height, x: x, y: y)
  }
}

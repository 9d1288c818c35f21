import Foundation
import TestSupport
import Testing

@testable import DRNetGPU

/// A video and the PNG frames that ffmpeg writes of it are the same clip, pixel for pixel.
@Suite(.enabled(if: VideoFixture.isPossible, "no ffmpeg in PATH")) struct VideoPixelsTests {
  let folder: ScratchFolder
  init() throws { folder = try ScratchFolder() }

  private func frames(_ url: URL, crop: FrameCrop = .none, imageSize: Int = 64, channels: Int = 3) throws -> [PNGImage]
  {
    try OwnClip(url, crop: crop).frames(from: 0, count: 2, imageSize: imageSize, channels: channels)
  }

  private static let bt709 = [
    "-filter:v", "scale=out_color_matrix=bt709,format=yuv420p", "-colorspace", "bt709", "-color_primaries", "bt709",
    "-color_trc", "bt709",
  ]

  @Test(
    arguments: ["102x64", "65x37", "640x480"],
    [
      ["mp4", "-codec:v", "libx264", "-pix_fmt", "yuv420p"], ["mp4", "-codec:v", "libx264"] + bt709,
      ["mkv", "-codec:v", "libx264", "-pix_fmt", "yuv422p"], ["mkv", "-codec:v", "libx264", "-pix_fmt", "yuv444p10"],
      ["avi", "-codec:v", "mjpeg", "-pix_fmt", "yuvj422p"], ["mkv", "-codec:v", "ffv1", "-pix_fmt", "gray"],
      ["mkv", "-codec:v", "ffv1", "-pix_fmt", "bgra"], ["avi", "-codec:v", "rawvideo", "-pix_fmt", "bgr24"],
      ["mov", "-codec:v", "qtrle", "-pix_fmt", "argb"], ["gif"], ["webm", "-codec:v", "libvpx-vp9", "-lossless", "1"],
    ])
  func framesAreThoseThatFFmpegWritesAsPNG(size: String, codec: [String]) throws {
    let video = folder["a.\(codec[0])"]
    try VideoFixture.write(video, frames: 2, "testsrc2=size=\(size)", codec: Array(codec.dropFirst()))
    try VideoFixture.run(["-i", video.path, "-vsync", "passthrough", folder["png/%d.png"].path])
    for crop in [FrameCrop.none, .centre, .box(width: 33, height: 31, x: 19, y: 3)] {
      for channels in [1, 3] {
        let (found, expected) = try (
          frames(video, crop: crop, channels: channels), frames(folder["png"], crop: crop, channels: channels)
        )
        // ffmpeg writes more than 8 bits as 16, which are rounded once more.
        let tolerance = codec.contains("yuv444p10") ? 1 : 0
        for (found, expected) in zip(found, expected) {
          let differences = zip(found.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }
          #expect(differences.max()! <= tolerance, "\(crop), \(channels) channels")
        }
      }
    }
  }

  /// Stripes of one output column each: chroma at half the width would make them grey.
  @Test func colourKeepsItsFullWidth() throws {
    try VideoFixture.run([
      "-f", "lavfi", "-i",
      "color=red:size=640x64,format=rgb24,geq=r='if(mod(floor(X/10),2),200,40)':g=40:b='if(mod(floor(X/10),2),40,200)'",
      "-frames:v", "2", "-codec:v", "libx264", "-crf", "1", "-pix_fmt", "yuv420p", folder["a.mp4"].path,
    ])
    let row = try frames(folder["a.mp4"])[0].pixels.dropFirst(32 * 64 * 3).prefix(64 * 3)
    let red = stride(from: row.startIndex + 20 * 3, to: row.startIndex + 26 * 3, by: 3).map { Int(row[$0]) }
    // Bilinear scaling mixes a quarter of the neighbours: 80 and 160.
    #expect(zip(red, red.dropFirst()).allSatisfy { abs($0 - $1) > 70 }, "\(red)")
  }

  /// 0.299 of 255, whatever the matrix of the video.
  @Test func greyIsTheLumaOfTheColours() throws {
    try VideoFixture.write(folder["a.mp4"], frames: 2, "color=red:size=64x64", codec: ["-crf", "1"] + Self.bt709)
    let grey = try frames(folder["a.mp4"], channels: 1)[0].pixels[2080]
    #expect(abs(Int(grey) - 76) <= 1)
  }

  @Test(arguments: [
    ["gif", "-filter:v", "split[look][paint];[look]palettegen[palette];[paint][palette]paletteuse"],
    ["mov", "-codec:v", "qtrle", "-pix_fmt", "argb"],
    ["mov", "-codec:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le"],
    ["webm", "-codec:v", "libvpx-vp9", "-pix_fmt", "yuva420p"],
    ["webm", "-codec:v", "libvpx", "-auto-alt-ref", "0", "-pix_fmt", "yuva420p"],
  ]) func transparentPixelsAreBlack(codec: [String]) throws {
    // A red square on a transparent ground whose hidden colour is green.
    try VideoFixture.write(
      folder["a.\(codec[0])"], frames: 2,
      "color=green:size=64x64:duration=0.08,format=rgba,"
        + "geq=r='if(lt(X,32),255,0)':g='if(lt(X,32),0,200)':b=0:a='if(lt(X,32),255,0)'",
      codec: Array(codec.dropFirst()))
    let pixels = try frames(folder["a.\(codec[0])"])[0].pixels
    func colour(_ x: Int) -> [UInt8] { Array(pixels[(32 * 64 + x) * 3..<(32 * 64 + x) * 3 + 3]) }
    #expect(colour(56) == [0, 0, 0])
    #expect(colour(8)[0] > 240 && colour(8)[1] < 15)
  }

  /// Pixels twice as wide as high, upright and turned by 90 degrees: the circle of 60 px across is 31 or 32 of 64 px either way.
  @Test(arguments: [0, 90]) func aSquareIsCroppedFromThePictureAsShown(turn: Int) throws {
    try VideoFixture.write(
      folder["a.mp4"], frames: 2,
      "color=black:size=180x120,format=gray,geq=lum='if(lt(hypot(X-90,Y-60),30),255,0)',scale=90:120,setsar=2,format=yuv420p",
      codec: ["-codec:v", "libx264", "-crf", "5"])
    if turn != 0 {
      try VideoFixture.run([
        "-i", folder["a.mp4"].path, "-metadata:s:v", "rotate=\(turn)", "-codec", "copy", folder["b.mp4"].path,
      ])
      try FileManager.default.moveItem(at: folder["b.mp4"], to: folder["c.mp4"])
    }
    let picture = try frames(folder[turn == 0 ? "a.mp4" : "c.mp4"], crop: .centre, channels: 1)[0].pixels
    let bright = picture.indices.filter { picture[$0] > 128 }
    let (columns, rows) = (Set(bright.map { $0 % 64 }).count, Set(bright.map { $0 / 64 }).count)
    #expect((31...32).contains(columns) && (31...32).contains(rows), "\(columns) x \(rows)")
  }
}

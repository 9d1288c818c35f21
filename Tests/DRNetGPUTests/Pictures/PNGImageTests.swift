import Foundation
import TestSupport
import Testing

@testable import DRNetGPU
@testable import TensorEngine

@Suite struct PNGImageTests {
  @Test func aDescriptionChangesNoPixel() throws {
    let folder = try ScratchFolder()
    let image = PNGImage(width: 3, height: 2, channels: 3, pixels: (0..<18).map { UInt8($0 * 9) })
    for description in ["averaged weights of step 20", "", nil] {
      try image.write(to: folder["image.png"], description: description)
      #expect(try PNGImage(contentsOf: folder["image.png"]) == image)
      #expect(PNGDescription.read(folder["image.png"]) == description)
      try AnimatedPNG([image, image]).write(to: folder["animation.png"], description: description)
      #expect(try PNGImage(contentsOf: folder["animation.png"]) == image)
      #expect(PNGDescription.read(folder["animation.png"]) == description)
    }
    for size in [0, 20, 33, 40, 52, 60] {
      try image.write(to: folder["image.png"], description: "trained weights of step 20")
      truncate(folder["image.png"].path, size)
      #expect(PNGDescription.read(folder["image.png"])?.hasPrefix("trained weights of step 20") != true)
    }
    #expect(PNGDescription.read(folder["none.png"]) == nil)
    try image.write(to: folder["image.png"], description: "trained weights of step 20")
    var damaged = try Data(contentsOf: folder["image.png"])
    damaged[60] ^= 1
    try damaged.write(to: folder["image.png"])
    #expect(PNGDescription.read(folder["image.png"]) == nil)
  }

  /// Tiny files written by Pillow 12.
  private enum Fixture {
    static let grey =
      "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAAAAAC4HznGAAAAEElEQVR4nGNkMDJimHbiPwAGhwLD7bQTrAAAAABJRU5ErkJggg=="
    static let rgb =
      "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGP4z8DA8J+BgYHhP5eIHAAaWAM6guCrUwAAAABJRU5ErkJggg=="
    static let rgba =
      "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAYAAAD0In+KAAAAEUlEQVR4nGM8kWL0n4GBoREAD7YC4PTFQGgAAAAASUVORK5CYII="
    static let palette =
      "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACAgMAAAAP2OW3AAAADFBMVEUA/wAKFB7/AAAAAP+8KrKhAAAADElEQVR4nGNoYLgAAAJUAVFhJlHhAAAAAElFTkSuQmCC"
    static let grey16 =
      "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABEAAAAACB2fwVAAAADUlEQVR4nGNgYJjjAAABfQDdXb16ogAAAABJRU5ErkJggg=="
    static let greyAlpha =
      "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAQAAABeK7cBAAAADUlEQVR4nGNM+c9gAgAEywGZW5gAegAAAABJRU5ErkJggg=="
    static let oneBit = "iVBORw0KGgoAAAANSUhEUgAAAAMAAAABAQAAAAAzmykZAAAACklEQVR4nGNwAAAAQgBBKTf07wAAAABJRU5ErkJggg=="
    static let screenGamma =
      "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAAAAAC4HznGAAAABGdBTUEAALGPC/xhBQAAABBJREFUeJxjZDAyYph24j8ABocCw+20E6wAAAAASUVORK5CYII="
  }

  private func read(_ base64: String) throws -> PNGImage {
    try PNGImage(try #require(Data(base64Encoded: base64)), from: "FILE")
  }

  @Test func readsEveryKindOfPNG() throws {
    let grey = PNGImage(width: 3, height: 2, channels: 1, pixels: [0, 50, 100, 150, 200, 255])
    let colours: [UInt8] = [255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30]
    #expect(try read(Fixture.grey) == grey)
    #expect(try read(Fixture.screenGamma) == grey)
    #expect(try read(Fixture.rgb) == PNGImage(width: 2, height: 2, channels: 3, pixels: colours))
    #expect(try read(Fixture.palette) == PNGImage(width: 2, height: 2, channels: 3, pixels: colours))
    #expect(try read(Fixture.oneBit).pixels == [0, 255, 0])
    // 40,000 / 257 = 155.6; half covered 200, 100, 50 is 128 / 255 of it; a fifth of 100 is 20.
    #expect(try read(Fixture.grey16).pixels == [0, 156])
    #expect(try read(Fixture.rgba).pixels == [200, 100, 50, 100, 50, 25])
    #expect(try read(Fixture.greyAlpha).pixels == [100, 20])
  }

  /// 57 kinds, among them 16 bits with interlacing and files that name a gamma, as Pillow and OpenCV read them.
  @Test func readsWhatOthersRead() throws {
    let golden = try Golden.file("pictures").integers
    let names = golden.keys.filter { $0.hasSuffix(".file") }.map { String($0.dropLast(".file".count)) }.sorted()
    #expect(names.count == 57)
    for name in names {
      let image = try PNGImage(Data(golden["\(name).file"]!.values.map { UInt8($0) }), from: name)
      let pixels = golden["\(name).pixels"]!
      #expect([image.height, image.width, image.channels] == pixels.shape.extents, "\(name)")
      #expect(image.pixels == pixels.values.map { UInt8($0) }, "\(name)")
    }
  }

  @Test(arguments: [1, 3]) func writesWhatItReads(channels: Int) throws {
    var random = CounterRandom(seed: 1, purpose: .data)
    let pixels = (0..<7 * 5 * channels).map { _ in UInt8(truncatingIfNeeded: random.word()) }
    let image = PNGImage(width: 7, height: 5, channels: channels, pixels: pixels)
    let folder = try DataTestFolder()
    let file = folder.url.appendingPathComponent("image.png")
    try image.write(to: file)
    #expect(try PNGImage(contentsOf: file) == image)
  }

  /// Noise does not compress; the buffer for the file must hold it all the same.
  @Test func writesNoise() throws {
    var random = CounterRandom(seed: 2, purpose: .data)
    let pixels = (0..<300 * 200 * 3).map { _ in UInt8(truncatingIfNeeded: random.word()) }
    let image = PNGImage(width: 300, height: 200, channels: 3, pixels: pixels)
    #expect(try PNGImage(image.pngData(), from: "noise") == image)
  }

  @Test func badFilesAreNamed() throws {
    let good = try #require(Data(base64Encoded: Fixture.rgb))
    func line(_ data: Data) -> String? { dataErrorLine { _ = try PNGImage(data, from: "FILE") } }
    #expect(line(Data("GIF89a".utf8)) == "FILE: not a PNG file")
    #expect(line(Data()) == "FILE: not a PNG file")
    #expect(line(good.prefix(20)) == "FILE: truncated PNG file: its header is cut")
    #expect(line(good.prefix(33)) == "FILE: truncated PNG file: it has no end")
    #expect(line(good.prefix(50)) == "FILE: truncated PNG file: chunk IDAT needs 26 bytes, 9 are left")
    for cut in 0..<good.count { #expect(line(good.prefix(cut)) != nil) }
    for position in 8..<good.count - 12 {
      var damaged = good
      damaged[position] ^= 0x55
      let message = try #require(line(damaged), "byte \(position)")
      #expect(message.hasPrefix("FILE: ") && !message.contains("\n"))
    }
    func resized(_ width: UInt32, _ height: UInt32) -> Data {
      var bytes = good
      let extents = [width, height].flatMap { extent in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: extent >> $0) } }
      bytes.replaceSubrange(16..<24, with: extents)
      return bytes
    }
    // 22 bytes hold at most 22,704, whatever the checksums say.
    #expect(
      line(resized(150, 200))
        == "FILE: damaged PNG file: 22 bytes cannot hold 150 x 200 pixels")
    #expect(try #require(line(resized(.max, .max))).hasSuffix("cannot hold 4294967295 x 4294967295 pixels"))
    let folder = try DataTestFolder()
    #expect(
      dataErrorLine { _ = try PNGImage(contentsOf: folder.url.appendingPathComponent("none.png")) }
        == "\(folder.url.path)/none.png: cannot read: there is no such file or folder; check the path")
    #expect(
      dataErrorLine { _ = try PNGImage(contentsOf: folder.url) }
        == "\(folder.url.path): cannot read: this is a folder, not a file; check the path")
  }

  @Test func convertsChannelsAndSizes() throws {
    let colour = PNGImage(width: 2, height: 1, channels: 3, pixels: [255, 255, 255, 0, 255, 0])
    #expect(colour.converted(channels: 1).pixels == [255, 150])
    #expect(colour.converted(channels: 1).converted(channels: 3).pixels == [255, 255, 255, 150, 150, 150])
    let wide = PNGImage(width: 4, height: 2, channels: 1, pixels: [0, 100, 200, 0, 0, 100, 200, 0])
    #expect(wide.resized(width: 2, height: 2).width == 2)
    // Widths halve: weights 3/7, 3/7, 1/7 at the borders of four pixels; heights stay.
    #expect(wide.resized(width: 2, height: 2).pixels == [71, 100, 71, 100])
  }

  @Test func tensorsBecomeImages() {
    let tensor = HostTensor(Shape(2, 3, 1, 2), [0, 0, 0, 0, 0, 0, 0, 1, 0.5, -1, 2, .nan])
    let image = PNGImage(tensor, frame: 1)
    #expect(image.pixels[0..<5] == [0, 128, 255, 255, 0])
    #expect(image.channels == 3 && image.width == 2 && image.height == 1)
  }

  @Test func gridsHaveMargins() {
    let white = PNGImage(width: 1, height: 1, channels: 1, pixels: [255])
    let red = PNGImage(width: 1, height: 1, channels: 3, pixels: [255, 0, 0])
    var grid = ImageGrid()
    grid.margin = 1
    grid.background = 7
    let picture = grid.image([[white, nil], [nil, white]])
    #expect(picture.width == 5 && picture.height == 5 && picture.channels == 1)
    #expect(picture.pixels.enumerated().filter { $0.element == 255 }.map(\.offset) == [6, 18])
    #expect(picture.pixels.filter { $0 == 7 }.count == 23)
    grid.scale = 2
    let strip = grid.strip([white, red])
    #expect(strip.width == 7 && strip.height == 4 && strip.channels == 3)
    #expect(strip.pixels[3 * 8..<3 * 8 + 3] == [255, 255, 255] && strip.pixels[3 * 11..<3 * 11 + 3] == [255, 0, 0])
  }
}

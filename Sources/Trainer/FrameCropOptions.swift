import ArgumentParser
import DRNetGPU

/// Which part of each frame of a video or folder is used.
struct FrameCropOptions: ParsableArguments {
  @Flag(help: "Crop each frame to the square in its centre instead of squeezing the whole frame into a square.")
  var crop = false
  @Option(help: "Crop each frame to a rectangle instead: WIDTH:HEIGHT:X:Y in pixels.") var box: Box?

  func validate() throws {
    if crop, box != nil { throw ValidationError("--crop and --box both choose the part to use: give only one") }
  }

  var value: FrameCrop { box?.crop ?? (crop ? .centre : .none) }
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

import ArgumentParser
import DRNetGPU
import Foundation

struct PrepareSpritesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sprites", abstract: "Prepares the Sprites: characters of the Liberated Pixel Cup in three actions.",
    discussion: """
      The folder must contain the sheets of github.com/YingzhenLi/Sprites: body, bottomwear, topwear and hair with 0.png \
      to 5.png, and shoes/1.png.
      Example:
        drnet prepare sprites --from Sprites --out sprites.clips
      """)

  @OptionGroup var options: PreparationOptions

  func run() throws { try options.write(LPCSprites(root: options.source, imageSize: options.size)) }
}

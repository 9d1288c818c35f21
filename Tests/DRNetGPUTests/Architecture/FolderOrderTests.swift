import Foundation
import TestSupport
import Testing

/// The layers within a target, which the compiler does not see. Between targets it does: see Package.swift.
@Suite("Folders")
struct FolderOrderTests {
  /// Lowest first; see docs/architecture.md.
  private static let orders = [
    "TensorEngine": [["Tensor"], ["Concurrency"], ["Ops"], ["Backend"], ["CPU", "OpenCL"]],
    "DRNetGPU": [
      ["Layers", "Safetensors", "Pictures"], ["Models"], ["Data"], ["Run"], ["Training"], ["Evaluation"],
      ["Report", "Measurement"],
    ],
  ]

  private static let sources = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../Sources").standardizedFileURL

  @Test("name what lies below them only", arguments: orders.keys.sorted())
  func order(target: String) throws {
    let order = try FolderOrder(#require(Self.orders[target]), target: Self.sources.appending(path: target))
    #expect(order.unknownFolders.isEmpty, "a folder that the order of \(target) does not name")
    for violation in order.violations { Issue.record("\(target)/\(violation)") }
  }

  private static let levels = [["Low"], ["Left", "Right"], ["High"]]

  @Test(
    "A name from above is found, with its file and line",
    arguments: [
      "let x: Tower? = nil", "let x = \"\\(Tower())\"", "func f() { climb() }", "let x = climb", "let x = stairs + 1",
      "let x = Stone().height", "let x: Stone.Hewn? = nil",
    ])
  func plantedFault(code: String) {
    let order = FolderOrder(
      Self.levels,
      sources: [
        "Low/Stone.swift": "struct Stone {}\n\(code)\n",
        "High/Tower.swift": """
        public struct Tower {}
        func climb() {}
        let stairs = 9
        extension Stone { var height: Int { 1 } struct Hewn {} }
        """,
      ])
    #expect(order.violations.map(\.file) == ["Low/Stone.swift"])
    #expect(order.violations.map(\.line) == [2])
    #expect(order.violations.map(\.declaredIn) == ["High"])
  }

  @Test("A folder does not know the one beside it, and may know all below")
  func sides() {
    let sources = [
      "Low/Stone.swift": "struct Stone {}", "Left/Wall.swift": "struct Wall { let stone: Stone }",
      "Right/Gate.swift": "struct Gate { let wall: Wall; let stone: Stone }",
    ]
    #expect(FolderOrder(Self.levels, sources: sources).violations.map(\.name) == ["Wall"])
  }

  @Test("Comments, strings and private names do not count")
  func words() {
    let order = FolderOrder(
      Self.levels,
      sources: [
        "Low/Stone.swift":
          "/// Tower\n/* Tower /* Tower */ Tower */ struct Stone { let text = \"Tower\", raw = #\"Tower\"# }",
        "Low/Brick.swift": "private struct Hidden {}\nstruct Brick { private let hidden = Hidden() }",
        "High/Tower.swift": "struct Tower {}\nprivate struct Hidden {}",
      ])
    #expect(order.violations.isEmpty)
  }
}

import Foundation

/// Holds the folders of a target to an order: the files of a folder may name what lower folders declare, and nothing of
/// higher ones or of folders beside them.
///
/// Names are those of types, constants and functions outside all types, and of members and types that an extension adds to
/// a type of another folder, if no two folders declare the same. Comments and strings do not count. Initialisers,
/// subscripts and implicit members (`.name`) escape it, since their words do not tell the type.
public struct FolderOrder {
  /// A file, and a name in it that a folder declares to which it must not look.
  public struct Violation: Hashable, CustomStringConvertible {
    public let file: String
    public let line: Int
    public let name: String
    /// The folder of `name`.
    public let declaredIn: String

    public var description: String { "\(file):\(line): names \(name), which \(declaredIn) declares" }
  }

  /// Lowest first; folders in one level do not know each other.
  private let levels: [[String]]
  /// Tokens by path, from the folder's name on.
  private var files: [String: [SwiftWords.Token]] = [:]

  /// - Parameter sources: texts by path, from the folder's name on.
  public init(_ levels: [[String]], sources: [String: String]) {
    self.levels = levels
    files = sources.mapValues { SwiftWords($0).tokens }
  }

  /// Reads the Swift files of a target.
  public init(_ levels: [[String]], target: URL) throws {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: target.path).filter { $0.hasSuffix(".swift") }
    self.init(
      levels,
      sources: try Dictionary(
        uniqueKeysWithValues: paths.map { ($0, try String(contentsOf: target.appending(path: $0), encoding: .utf8)) }))
  }

  private static func folder(_ path: String) -> String { String(path.prefix { $0 != "/" }) }

  private func level(_ folder: String) -> Int? { levels.firstIndex { $0.contains(folder) } }

  /// Folders that the order does not name.
  public var unknownFolders: Set<String> { Set(files.keys.map(Self.folder)).filter { level($0) == nil } }

  /// The folder that alone declares each name; that of a member has "." before it.
  private var homes: [String: String] {
    var homes: [String: Set<String>] = [:]
    for (path, tokens) in files {
      for name in Self.declarations(tokens) { homes[name, default: []].insert(Self.folder(path)) }
    }
    for (path, tokens) in files {
      for (type, members) in Self.extensions(tokens) where homes[type].map({ !$0.contains(Self.folder(path)) }) ?? false
      {
        for member in members { homes["." + member, default: []].insert(Self.folder(path)) }
      }
    }
    // A member of a type's own counts as declared too, so that a common name says nothing.
    for (path, tokens) in files {
      for member in Self.named(tokens, by: Self.memberKeywords) where homes["." + member] != nil {
        homes["." + member]?.insert(Self.folder(path))
      }
    }
    return homes.compactMapValues { $0.count == 1 ? $0.first : nil }
  }

  /// How `homes` would spell the name that a word uses; nil for an implicit member (`.name`).
  private static func name(_ tokens: [SwiftWords.Token], _ index: Int) -> String? {
    let word = String(tokens[index].text)
    guard index > 0, tokens[index - 1].text == "." else { return word }
    guard index > 1, let before = tokens[index - 2].text.last else { return nil }
    return before.isLetter || before.isNumber || ")]?!_".contains(before) ? "." + word : nil
  }

  /// Words that a file gives a meaning of its own: what it declares at any depth, and labels.
  private static func ownWords(_ tokens: [SwiftWords.Token]) -> Set<String> {
    let labels = zip(tokens, tokens.dropFirst()).filter { $0.1.text == ":" }.map { String($0.0.text) }
    return Set(named(tokens, by: memberKeywords) + labels)
  }

  /// Everything that looks upwards, or aside, in the order of files and lines.
  public var violations: [Violation] {
    let homes = homes
    var found: [Violation] = []
    for (path, tokens) in files.sorted(by: { $0.key < $1.key }) {
      guard let own = level(Self.folder(path)) else { continue }
      let ownWords = Self.ownWords(tokens)
      var seen: Set<String> = []
      for index in tokens.indices {
        guard let name = Self.name(tokens, index), !ownWords.contains(name), let home = homes[name],
          home != Self.folder(path),
          let other = level(home), other >= own, seen.insert(name).inserted
        else { continue }
        found.append(
          Violation(
            file: path, line: tokens[index].line, name: String(tokens[index].text), declaredIn: home))
      }
    }
    return found
  }

  // MARK: Declarations

  private static let typeKeywords: Set<Substring> = ["struct", "class", "enum", "protocol", "actor", "typealias"]
  private static let memberKeywords: Set<Substring> = typeKeywords.union(["func", "var", "let", "case"])

  /// Names of what is declared outside all braces and other files see.
  private static func declarations(_ tokens: [SwiftWords.Token]) -> [String] {
    visible(tokens, depth: 0, keywords: memberKeywords)
  }

  /// Every word behind one of these keywords, at any depth.
  private static func named(_ tokens: [SwiftWords.Token], by keywords: Set<Substring>) -> [String] {
    zip(tokens, tokens.dropFirst()).filter { keywords.contains($0.0.text) }.map { String($0.1.text) }
  }

  /// Names declared within `wanted` pairs of braces that other files see.
  private static func visible(_ tokens: [SwiftWords.Token], depth wanted: Int, keywords: Set<Substring>) -> [String] {
    var names: [String] = []
    var depth = 0
    for (index, token) in tokens.enumerated() {
      switch token.text {
      case "{": depth += 1
      case "}": depth -= 1
      case _ where depth == wanted && keywords.contains(token.text) && index + 1 < tokens.count:
        let before = tokens[..<index].suffix(4).reversed().prefix { $0.line == token.line }
        if !before.contains(where: { $0.text == "private" || $0.text == "fileprivate" }) {
          names.append(String(tokens[index + 1].text))
        }
      default: break
      }
    }
    return names
  }

  /// What each extension in a file adds, by the type that it extends.
  private static func extensions(_ tokens: [SwiftWords.Token]) -> [(type: String, members: [String])] {
    var found: [(String, [String])] = []
    var index = 0
    while index + 1 < tokens.count {
      defer { index += 1 }
      guard tokens[index].text == "extension", let open = tokens[index...].firstIndex(where: { $0.text == "{" }) else {
        continue
      }
      var (end, depth) = (open, 0)
      repeat {
        if tokens[end].text == "{" { depth += 1 }
        if tokens[end].text == "}" { depth -= 1 }
        end += 1
      } while depth > 0 && end < tokens.count
      found.append(
        (String(tokens[index + 1].text), visible(Array(tokens[open..<end]), depth: 1, keywords: memberKeywords)))
      index = end - 1
    }
    return found
  }
}

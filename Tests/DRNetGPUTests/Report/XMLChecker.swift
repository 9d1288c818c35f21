/// Checks that every tag of a text is closed, in order, and that no stray `<`, `&` or quote stands in it.
struct XMLChecker {
  func accepts(_ text: String) -> Bool {
    var rest = text[...]
    var open: [Substring] = []
    while let start = rest.firstIndex(of: "<") {
      guard hasPlainText(rest[..<start]), let end = rest[start...].firstIndex(of: ">") else { return false }
      let tag = rest[rest.index(after: start)..<end]
      rest = rest[rest.index(after: end)...]
      if tag.hasPrefix("/") {
        guard open.popLast() == tag.dropFirst() else { return false }
      } else {
        guard tag.wholeMatch(of: /[A-Za-z][A-Za-z0-9]*(\s+[A-Za-z0-9:-]+="[^"<]*")*\s*\/?/) != nil else { return false }
        if !tag.hasSuffix("/") { open.append(tag.prefix { $0 != " " && $0 != "\n" }) }
      }
    }
    return open.isEmpty && hasPlainText(rest)
  }

  private func hasPlainText(_ text: Substring) -> Bool {
    !text.contains(">") && text.replacing(/&(amp|lt|gt|quot);/, with: "").contains("&") == false
  }
}

/// A backend's handle of a tensor's memory.
package protocol TensorStorage: AnyObject {
  /// The range of memory that it stands for.
  var extent: MemoryExtent { get }
}

/// A range of a piece of memory, in units that the backend chooses. Different pieces never overlap.
package struct MemoryExtent: Hashable {
  let piece: ObjectIdentifier
  let range: Range<Int>

  package init(_ piece: AnyObject, _ range: Range<Int>) { self.init(piece: ObjectIdentifier(piece), range: range) }

  private init(piece: ObjectIdentifier, range: Range<Int>) {
    self.piece = piece
    self.range = range
  }

  /// The `count` units of this memory from `offset` on.
  func part(at offset: Int, count: Int) -> MemoryExtent {
    let start = range.lowerBound + offset
    return MemoryExtent(piece: piece, range: start..<start + count)
  }

  func overlaps(_ other: MemoryExtent) -> Bool { piece == other.piece && range.overlaps(other.range) }
}

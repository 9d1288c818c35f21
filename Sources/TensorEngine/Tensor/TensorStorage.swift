/// A backend's handle on the memory of a tensor.
package protocol TensorStorage: AnyObject {
  /// Where the memory is.
  var extent: MemoryExtent { get }
}

/// A range of a piece of memory, in units of the piece's backend. Different pieces have no memory in common.
package struct MemoryExtent: Hashable {
  let piece: ObjectIdentifier
  let range: Range<Int>

  package init(_ piece: AnyObject, _ range: Range<Int>) { self.init(piece: ObjectIdentifier(piece), range: range) }

  private init(piece: ObjectIdentifier, range: Range<Int>) {
    self.piece = piece
    self.range = range
  }

  /// The part of this memory of `count` units, `offset` units from its start.
  func part(at offset: Int, count: Int) -> MemoryExtent {
    let start = range.lowerBound + offset
    return MemoryExtent(piece: piece, range: start..<start + count)
  }

  func overlaps(_ other: MemoryExtent) -> Bool { piece == other.piece && range.overlaps(other.range) }
}

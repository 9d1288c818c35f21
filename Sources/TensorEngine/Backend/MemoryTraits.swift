/// What planning has to know of a backend's memory. Sizes are in floats.
public struct MemoryTraits: Hashable, Sendable {
  /// Whether tensors lie in the blocked layout, whose padding must be zero, or plain and row-major.
  package var isBlocked: Bool
  /// In what format the blocked layout has its elements.
  package var precision = Precision.float
  /// Every tensor starts at a multiple of this.
  package var alignment: Int
  /// Most floats that one piece of memory can have.
  package var largestPiece: Int
  /// Whether tensors may lie in one piece, side by side or one after the other; in debug modes each has its own.
  package var isShared: Bool

  package init(
    isBlocked: Bool, precision: Precision = .float, alignment: Int, largestPiece: Int, isShared: Bool
  ) {
    self.isBlocked = isBlocked
    self.precision = precision
    self.alignment = alignment
    self.largestPiece = largestPiece
    self.isShared = isShared
  }

  /// Floats of a tensor, padding included.
  package func count(_ type: TensorType) -> Int { isBlocked ? BlockedLayout(type, precision).floats : type.shape.count }

  /// Whether a tensor has padding, which whoever gives it memory must clear.
  package func hasPadding(_ type: TensorType) -> Bool { isBlocked && BlockedLayout(type).count != type.shape.count }

  package func aligned(_ count: Int) -> Int { count.roundedUp(toMultipleOf: alignment) }

  /// Tensors that lie in one piece of memory: which, where each starts, and floats in all.
  package struct Piece {
    var members: Range<Int>
    var offsets: [Int]
    var count: Int
  }

  /// Tensors side by side, in as few pieces as the largest piece allows.
  package func pieces(of types: [TensorType]) -> [Piece] {
    var pieces: [Piece] = []
    for (index, type) in types.enumerated() {
      let count = count(type)
      let offset = aligned(pieces.last?.count ?? 0)
      if pieces.isEmpty || offset + count > largestPiece {
        pieces.append(Piece(members: index..<index + 1, offsets: [0], count: count))
      } else {
        let last = pieces.count - 1
        pieces[last].members = pieces[last].members.lowerBound..<index + 1
        pieces[last].offsets.append(offset)
        pieces[last].count = offset + count
      }
    }
    return pieces
  }
}

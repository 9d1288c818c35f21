/// Properties of a backend's memory that planning needs. Sizes are in floats.
public struct MemoryTraits: Hashable, Sendable {
  /// Whether tensors have the blocked layout, whose padding must be zero; otherwise they are row-major.
  package var isBlocked: Bool
  /// The format of elements in the blocked layout.
  package var precision = Precision.float
  /// Every tensor starts at a multiple of this number of floats.
  package var alignment: Int
  /// Maximum floats of one piece of memory.
  package var largestPiece: Int
  /// Whether tensors may share a piece of memory, side by side or in turn. In debug modes each tensor has its own.
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

  /// Whether a tensor has padding. Code that places the tensor in used memory must clear it.
  package func hasPadding(_ type: TensorType) -> Bool { isBlocked && BlockedLayout(type).count != type.shape.count }

  package func aligned(_ count: Int) -> Int { count.roundedUp(toMultipleOf: alignment) }

  /// Tensors in one piece of memory: their indices, where each starts, and the total floats.
  package struct Piece {
    var members: Range<Int>
    var offsets: [Int]
    var count: Int
  }

  /// Packs tensors side by side, into as few pieces as `largestPiece` allows.
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

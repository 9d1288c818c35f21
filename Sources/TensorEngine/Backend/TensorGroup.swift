/// Tensors that elementwise ops reach in a few launches, however many tensors there are.
public final class TensorGroup {
  public let tensors: [Tensor]
  /// What an elementwise op runs over to reach all tensors: the pieces of memory that they lie in side by side, or the
  /// tensors themselves where each has memory of its own. Floats between tensors belong to none and are never read as
  /// one's. Groups of the same types have the same spans.
  public let spans: [Tensor]

  package init(_ tensors: [Tensor], spans: [Tensor]) {
    self.tensors = tensors
    self.spans = spans
  }
}

extension Backend {
  /// Memory for a group of tensors, all elements zero.
  package func allocateGroup(_ types: [TensorType]) throws -> TensorGroup {
    guard memoryTraits.isShared else {
      let tensors = try types.map { try upload(HostTensor($0.shape), as: $0.role) }
      return TensorGroup(tensors, spans: tensors)
    }
    var (tensors, spans): ([Tensor], [Tensor]) = ([], [])
    for piece in memoryTraits.pieces(of: types) {
      let memory = try allocatePiece(floats: piece.count)
      spans.append(memory)
      for (type, offset) in zip(types[piece.members], piece.offsets) {
        tensors.append(try part(of: memory, at: offset, type))
      }
    }
    return TensorGroup(tensors, spans: spans)
  }
}

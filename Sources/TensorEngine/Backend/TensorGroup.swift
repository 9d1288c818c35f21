/// Tensors that elementwise ops process in a few launches, however many tensors there are.
public final class TensorGroup {
  public let tensors: [Tensor]
  /// What an elementwise op runs on to process all tensors: the pieces of memory that hold them, or the tensors
  /// themselves if each has memory of its own. Floats between tensors belong to no tensor and are never read as one's
  /// elements. Groups of the same types have the same spans.
  public let spans: [Tensor]

  package init(_ tensors: [Tensor], spans: [Tensor]) {
    self.tensors = tensors
    self.spans = spans
  }
}

extension Backend {
  /// Allocates a group of tensors; all elements are zero.
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

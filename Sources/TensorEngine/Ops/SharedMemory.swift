extension Op {
  /// Traps if an output shares memory with another output, or with an input, unless `inPlace` maps the output to this
  /// input and their memory is the same. Release builds say why, too, which preconditions do not.
  func requireDeclaredSharing(_ inputs: [Tensor], _ outputs: [Tensor]) {
    let extents = (inputs: inputs.map(\.storage.extent), outputs: outputs.map(\.storage.extent))
    for (output, extent) in extents.outputs.enumerated() {
      for (input, other) in extents.inputs.enumerated() where extent.overlaps(other) {
        if Self.inPlace[output] != input || extent != other {
          fatalError("\(Self.name): output \(output) shares memory with input \(input), which the op does not declare")
        }
      }
      for (earlier, other) in extents.outputs[..<output].enumerated() {
        if extent.overlaps(other) { fatalError("\(Self.name): outputs \(earlier) and \(output) share memory") }
      }
    }
  }
}

import TensorEngine

extension HostTensor {
  /// One row for each label, (n, count): 1 at the label and 0 elsewhere.
  init(oneHot labels: [Int], count: Int) {
    self.init([labels.count, count])
    for (row, label) in labels.enumerated() { values[row * count + label] = 1 }
  }
}

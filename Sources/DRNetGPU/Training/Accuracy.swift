import TensorEngine

/// Share of rows whose largest score is that of the row's label. scores (n, K).
package func accuracy(scores: HostTensor, labels: [Int]) -> Double {
  let classes = scores.shape[1]
  let hits = labels.indices.filter { row in
    let rowScores = scores.values[row * classes..<(row + 1) * classes]
    return rowScores.indices.max { rowScores[$0] < rowScores[$1] }! - row * classes == labels[row]
  }
  return Double(hits.count) / Double(labels.count)
}

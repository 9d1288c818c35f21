// Softmax cross-entropy: p = softmax of a row of logits; the loss is the mean over N rows of
// -sum over k of t[k] log p[k].
// logits, targets t, probabilities p: vectors (N, K), of which padding is neither read nor written; batch = N,
// count = K.

// Floats from one row to the next.
static size_t row_stride(int count) { return (count + BLOCK - 1) / BLOCK * BLOCK; }

// row_losses = -sum over k of t[k] log p[k] / N, for one of the kernels that add up partial losses.
// A work-item owns `rows_per_item` rows.
__kernel __attribute__((vec_type_hint(vector))) void cross_entropy_forward(
    __global const float *restrict logits,   // [N][blocks][16]
    __global const float *restrict targets,  // [N][blocks][16]
    __global float *restrict probabilities,  // [N][blocks][16]
    __global float *restrict row_losses,     // [N]
    int batch, int count, int rows_per_item) {
  const int first = get_global_id(0) * rows_per_item;
  const int last = min(first + rows_per_item, batch);
  for (int row = first; row < last; row++) {
    const size_t start = row * row_stride(count);
    __global const float *x = logits + start, *t = targets + start;
    __global float *p = probabilities + start;
    float largest = -INFINITY, total = 0.0f, loss = 0.0f;
    for (int k = 0; k < count; k++) largest = max(largest, x[k]);
    for (int k = 0; k < count; k++) total += exp(x[k] - largest);
    const float log_total = log(total);
    for (int k = 0; k < count; k++) {
      loss = fma(t[k], log_total - (x[k] - largest), loss);
      p[k] = exp(x[k] - largest) / total;
    }
    row_losses[row] = loss / batch;
  }
}

// grad_logits = grad_loss / N * (p * sum over k of t[k] - t).
// A work-item owns `rows_per_item` rows.
__kernel __attribute__((vec_type_hint(vector))) void cross_entropy_backward(
    __global const float *restrict probabilities,  // [N][blocks][16]
    __global const float *restrict targets,        // [N][blocks][16]
    __global const float *restrict grad_loss,      // [1]
    __global float *restrict grad_logits,          // [N][blocks][16]
    int batch, int count, int rows_per_item) {
  const float factor = grad_loss[0] / batch;
  const int first = get_global_id(0) * rows_per_item;
  const int last = min(first + rows_per_item, batch);
  for (int row = first; row < last; row++) {
    const size_t start = row * row_stride(count);
    __global const float *p = probabilities + start, *t = targets + start;
    float sum = 0.0f;
    for (int k = 0; k < count; k++) sum += t[k];
    for (int k = 0; k < count; k++) grad_logits[start + k] = factor * fma(p[k], sum, -t[k]);
  }
}

// loss = mean(max(x, 0) - x t + log(1 + exp(-|x|))); accuracy = share of rows with (x > 0) == (t > 0.5).
// logits x, targets t: vectors (N, 1).  One work-item in all: N is a batch size.
__kernel void binary_cross_entropy_forward(
    __global const float *restrict logits,   // [N][16], lane 0
    __global const float *restrict targets,  // [N][16], lane 0
    __global float *restrict loss,           // [1]
    __global float *restrict accuracy,       // [1]
    int batch) {
  float total = 0.0f, lost = 0.0f;
  int right = 0;
  for (int n = 0; n < batch; n++) {
    const float x = logits[n * 16], t = targets[n * 16];
    const float term = max(x, 0.0f) - x * t + log1p(exp(-fabs(x))) - lost;
    const float next = total + term;
    lost = (next - total) - term;
    total = next;
    right += (x > 0.0f) == (t > 0.5f) ? 1 : 0;
  }
  loss[0] = total / batch;
  accuracy[0] = (float)right / batch;
}

// grad_logits = grad_loss / N * (sigmoid(x) - t).
// One work-item in all.
__kernel void binary_cross_entropy_backward(
    __global const float *restrict logits,     // [N][16], lane 0
    __global const float *restrict targets,    // [N][16], lane 0
    __global const float *restrict grad_loss,  // [1]
    __global float *restrict grad_logits,      // [N][16], lane 0
    int batch) {
  const float factor = grad_loss[0] / batch;
  for (int n = 0; n < batch; n++)
    grad_logits[n * 16] = factor * (1.0f / (1.0f + exp(-logits[n * 16])) - targets[n * 16]);
}

// Losses and gradients of biases for GPUs, summed by work-groups of GROUP work-items in local memory.
// Defines: LANES=4.

// sums[group] = sum of scale * (x - target)^2.  x, target: any layout, `count` floats; padding adds zero.
// A work-group owns one sum. With one work-group the sum is the loss.
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void squared_error_grouped(
    __global const stored *restrict x,       // [count]
    __global const stored *restrict target,  // [count]
    __global float *restrict sums,           // [groups]
    float scale, int count) {
  __local vector scratch[GROUP];
  vector sum = 0.0f;
  for (int i = get_global_id(0); i < (count + LANES - 1) / LANES; i += get_global_size(0)) {
    const int lanes = min(LANES, count - LANES * i);
    const vector d = load_stored(x + LANES * i, lanes) - load_stored(target + LANES * i, lanes);
    sum = fma(d, d, sum);
  }
  const float total = sum_of_lanes(group_sum(sum, scratch, 1));
  if (get_local_id(0) == 0) sums[get_group_id(0)] = scale * total;
}

// loss = sum of the work-groups' sums.
// One work-group in all.
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void loss_from_groups(
    __global const float *restrict sums,  // [count]
    __global float *restrict loss,        // [1]
    int count) {
  __local vector scratch[GROUP];
  vector sum = 0.0f;
  for (int i = get_local_id(0); i < count; i += GROUP) sum.x += sums[i];
  const vector total = group_sum(sum, scratch, 1);
  if (get_local_id(0) == 0) loss[0] = total.x;
}

// binary_cross_entropy_forward for GPUs.  logits x, targets t: vectors (N, 1).
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void binary_cross_entropy_grouped(
    __global const float *restrict logits,   // [N][16], lane 0
    __global const float *restrict targets,  // [N][16], lane 0
    __global float *restrict loss,           // [1]
    __global float *restrict accuracy,       // [1]
    int batch) {
  __local vector scratch[GROUP];
  vector sum = 0.0f;
  for (int n = get_local_id(0); n < batch; n += GROUP) {
    const float x = logits[n * 16], t = targets[n * 16];
    sum.x += max(x, 0.0f) - x * t + log1p(exp(-fabs(x)));
    sum.y += (x > 0.0f) == (t > 0.5f) ? 1.0f : 0.0f;
  }
  const vector total = group_sum(sum, scratch, 1);
  if (get_local_id(0) == 0) {
    loss[0] = total.x / batch;
    accuracy[0] = total.y / batch;
  }
}

// binary_cross_entropy_backward for GPUs: grad_logits = grad_loss / N * (sigmoid(x) - t).
// A work-item owns one row.
__kernel void binary_cross_entropy_backward_rows(
    __global const float *restrict logits,     // [N][16], lane 0
    __global const float *restrict targets,    // [N][16], lane 0
    __global const float *restrict grad_loss,  // [1]
    __global float *restrict grad_logits,      // [N][16], lane 0
    int batch) {
  const int n = get_global_id(0);
  const float factor = grad_loss[0] / batch;
  grad_logits[n * 16] = factor * (1.0f / (1.0f + exp(-logits[n * 16])) - targets[n * 16]);
}

// grad_b[k] = sum over n, oy, ox of grad_y[n,k,oy,ox], over a chunk of pixels; sum_partials adds the chunks.
// A work-group owns one chunk of the N * H * W pixels of one channel block.
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void bias_backward_grouped(
    __global const stored *restrict grad_y,  // [N][blocks][H+2h][W+2h][block]
    __global float *restrict grad_b,         // [chunks][blocks][16]
    int pixels, int pixels_per_chunk, int channels, int height, int width) {
  __local vector scratch[GROUP];
  Features f;
  set_features(&f, channels, height, width);
  const int item = get_local_id(0), chunk = get_group_id(0), cb = get_group_id(1);
  const int quads = (f.block + 3) / 4, quad = item % quads, lanes = clamp(real_lanes(f, cb) - 4 * quad, 0, 4);
  const int last = min((chunk + 1) * pixels_per_chunk, pixels);
  vector sum = 0.0f;
  for (int p = chunk * pixels_per_chunk + item / quads; p < last; p += GROUP / quads) {
    sum += load_stored(grad_y + row_offset(f, p / width, cb) + p % width * f.block + 4 * quad, lanes);
  }
  sum = group_sum(sum, scratch, quads);
  if (item < 4) store_vector(item < quads ? sum : (vector)(0.0f), grad_b + (chunk * f.blocks + cb) * 16 + 4 * item);
}

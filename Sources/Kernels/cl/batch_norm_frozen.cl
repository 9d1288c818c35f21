// Batch normalisation with given statistics: y = f(z), z = (x - mean) * scale + beta,
// scale = gamma / sqrt(variance + epsilon); elementwise, but for the sums of its backward.

// y = f((x - mean) * scale + shift) over rows [first, last) of one channel block.
static void apply_frozen(
    __global const float *restrict x, __global float *restrict y, Features f, int cb, int lanes, int first, int last,
    float16 mean, float16 scale, float16 shift, int activation, float slope) {
  size_t offset = row_offset(f, first, cb);
  int line = first % f.height;
  for (int row = first; row < last; row++) {
    for (int i = 0; i < f.width; i++) {
      const size_t at = offset + i * f.block;
      const float16 z = fma(load_lanes(x + at, lanes) - mean, scale, shift);
      store_block(activate(z, activation, slope), y + at, lanes);
    }
    offset = next_row(f, offset, &line);
  }
}

// x, y: features (N, C, H, W), rows = N * H.
// One item: `rows_per_item` rows of one channel block. What is common, a block without padding channels and a rectifier,
// is compiled on its own, without tests in its loops.
__kernel void batch_norm_frozen_forward(
    __global const float *restrict x,                 // [N][blocks][H+2h][W+2h][block]
    __global const float *restrict gamma,             // [C]
    __global const float *restrict beta,              // [C]
    __global const float *restrict running_mean,      // [C]
    __global const float *restrict running_variance,  // [C]
    __global float *restrict y,                       // [N][blocks][H+2h][W+2h][block]
    float epsilon, int activation, float slope, int rows, int rows_per_item, int channels, int height, int width) {
  Features f;
  set_features(&f, channels, height, width);
  const int cb = get_global_id(1), lanes = real_lanes(f, cb);
  const int first = get_global_id(0) * rows_per_item;
  const int last = min(first + rows_per_item, rows);
  const float16 mean = vload16(cb, running_mean), shift = vload16(cb, beta);
  const float16 scale = vload16(cb, gamma) / sqrt(vload16(cb, running_variance) + epsilon);
  if (lanes == BLOCK && activation == PIECEWISE_LINEAR) {
    apply_frozen(x, y, f, cb, BLOCK, first, last, mean, scale, shift, PIECEWISE_LINEAR, slope);
  } else {
    apply_frozen(x, y, f, cb, lanes, first, last, mean, scale, shift, activation, slope);
  }
}

// grad_x = g * scale with g = grad_y * f'(z); sums of g and of g * (x - mean) / sqrt(variance + epsilon).
// One item: `rows_per_item` rows of one channel block. With one chunk the sums are grad_gamma and grad_beta.
__kernel void batch_norm_frozen_backward(
    __global const float *restrict x,                 // [N][blocks][H+2h][W+2h][block]
    __global const float *restrict grad_y,            // [N][blocks][H+2h][W+2h][block]
    __global const float *restrict gamma,             // [C]
    __global const float *restrict beta,              // [C]
    __global const float *restrict running_mean,      // [C]
    __global const float *restrict running_variance,  // [C]
    __global float *restrict grad_x,                  // [N][blocks][H+2h][W+2h][block]
    __global float *restrict grad_gamma,              // [chunks][blocks][16]
    __global float *restrict grad_beta,               // [chunks][blocks][16]
    float epsilon, int activation, float slope, int rows, int rows_per_item, int channels, int height, int width) {
  Features f;
  set_features(&f, channels, height, width);
  const int chunk = get_global_id(0), cb = get_global_id(1), lanes = real_lanes(f, cb);
  const int first = chunk * rows_per_item;
  const int last = min(first + rows_per_item, rows);
  const float16 mean = vload16(cb, running_mean), shift = vload16(cb, beta);
  const float16 deviation = 1.0f / sqrt(vload16(cb, running_variance) + epsilon);
  const float16 scale = vload16(cb, gamma) * deviation;
  float16 total_g = 0.0f, total_gx = 0.0f;
  size_t offset = row_offset(f, first, cb);
  int y = first % f.height;
  for (int row = first; row < last; row++) {
    float16 row_g = 0.0f, row_gx = 0.0f;
    for (int i = 0; i < width; i++) {
      const size_t at = offset + i * f.block;
      const float16 centred = load_lanes(x + at, lanes) - mean;
      const float16 z = fma(centred, scale, shift);
      const float16 g = load_lanes(grad_y + at, lanes) * slope_at_input(z, activation, slope);
      store_block(g * scale, grad_x + at, lanes);
      row_g += g;
      row_gx = fma(g, centred, row_gx);
    }
    total_g += row_g;
    total_gx += row_gx;
    offset = next_row(f, offset, &y);
  }
  const size_t at = ((size_t)chunk * f.blocks + cb) * BLOCK;
  store_lanes(total_gx * deviation, grad_gamma + at, lanes);
  store_lanes(total_g, grad_beta + at, lanes);
}

// Adds up the chunks' sums, in order.
// One item: one channel block.
__kernel void batch_norm_frozen_backward_combine(
    __global const float *restrict gamma_partials,  // [chunks][blocks][16]
    __global const float *restrict beta_partials,   // [chunks][blocks][16]
    __global float *restrict grad_gamma,            // [C]
    __global float *restrict grad_beta,             // [C]
    int chunks, int channels, int height, int width) {
  Features f;
  set_features(&f, channels, height, width);
  const int cb = get_global_id(0), lanes = real_lanes(f, cb);
  float16 sum_gamma = 0.0f, sum_beta = 0.0f;
  for (int i = 0; i < chunks; i++) {
    sum_gamma += load_lanes(gamma_partials + ((size_t)i * f.blocks + cb) * BLOCK, lanes);
    sum_beta += load_lanes(beta_partials + ((size_t)i * f.blocks + cb) * BLOCK, lanes);
  }
  store_lanes(sum_gamma, grad_gamma + cb * BLOCK, lanes);
  store_lanes(sum_beta, grad_beta + cb * BLOCK, lanes);
}

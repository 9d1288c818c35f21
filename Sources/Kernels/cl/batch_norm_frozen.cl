// Batch normalisation with given statistics: y = f(z), z = (x - mean) * scale + beta,
// scale = gamma / sqrt(variance + epsilon). Only the sums of its gradients are not elementwise.
// The channels are split into ceil(C / LANES) groups of LANES, which a work-item takes together.

// y = f((x - mean) * scale + shift) over rows [first, last) of one group of channels.
static inline void apply_frozen(
    __global const stored *restrict x, __global stored *restrict y, Features f, int group, int lanes, int first,
    int last, vector mean, vector scale, vector shift, int activation, float slope) {
  size_t offset = group_offset(f, first, group);
  int line = first % f.height;
  for (int row = first; row < last; row++) {
    for (int i = 0; i < f.width; i++) {
      const size_t at = offset + i * f.block;
      const vector z = fma(load_stored(x + at, lanes) - mean, scale, shift);
      store_stored(activate(z, activation, slope), y + at, lanes);
    }
    offset = next_row(f, offset, &line);
  }
}

// y = f(z).  x, y: features (N, C, H, W), rows = N * H.
// A work-item owns `rows_per_item` rows of one group of channels.
// The common case, no padding channels and a rectifier, gets a copy of the code without tests in its loops.
__kernel __attribute__((vec_type_hint(vector))) void batch_norm_frozen_forward(
    __global const stored *restrict x,                // [N][blocks][H+2h][W+2h][block]
    __global const float *restrict gamma,             // [C]
    __global const float *restrict beta,              // [C]
    __global const float *restrict running_mean,      // [C]
    __global const float *restrict running_variance,  // [C]
    __global stored *restrict y,                      // [N][blocks][H+2h][W+2h][block]
    float epsilon, int activation, float slope, int rows, int rows_per_item, int channels, int height, int width) {
  Features f;
  set_features(&f, channels, height, width);
  const int group = get_global_id(1), lanes = min(LANES, channels - group * LANES);
  const int first = get_global_id(0) * rows_per_item;
  const int last = min(first + rows_per_item, rows);
  const vector mean = load_vector(running_mean + group * LANES), shift = load_vector(beta + group * LANES);
  const vector variance = load_vector(running_variance + group * LANES);
  const vector scale = load_vector(gamma + group * LANES) / sqrt(variance + epsilon);
  if (lanes == LANES && activation == PIECEWISE_LINEAR) {
    apply_frozen(x, y, f, group, LANES, first, last, mean, scale, shift, PIECEWISE_LINEAR, slope);
  } else {
    apply_frozen(x, y, f, group, lanes, first, last, mean, scale, shift, activation, slope);
  }
}

// grad_x = g * scale with g = grad_y * f'(z); sums of g and of g * (x - mean) / sqrt(variance + epsilon).
// x, grad_y, grad_x: features (N, C, H, W), rows = N * H.
// A work-item owns `rows_per_item` rows of one group of channels. With one chunk the sums are grad_gamma and grad_beta.
__kernel __attribute__((vec_type_hint(vector))) void batch_norm_frozen_backward(
    __global const stored *restrict x,                // [N][blocks][H+2h][W+2h][block]
    __global const stored *restrict grad_y,           // [N][blocks][H+2h][W+2h][block]
    __global const float *restrict gamma,             // [C]
    __global const float *restrict beta,              // [C]
    __global const float *restrict running_mean,      // [C]
    __global const float *restrict running_variance,  // [C]
    __global stored *restrict grad_x,                 // [N][blocks][H+2h][W+2h][block]
    __global float *restrict grad_gamma,              // [chunks][groups][LANES]
    __global float *restrict grad_beta,               // [chunks][groups][LANES]
    float epsilon, int activation, float slope, int rows, int rows_per_item, int channels, int height, int width) {
  Features f;
  set_features(&f, channels, height, width);
  const int chunk = get_global_id(0), group = get_global_id(1), lanes = min(LANES, channels - group * LANES);
  const int first = chunk * rows_per_item;
  const int last = min(first + rows_per_item, rows);
  const vector mean = load_vector(running_mean + group * LANES), shift = load_vector(beta + group * LANES);
  const vector deviation = 1.0f / sqrt(load_vector(running_variance + group * LANES) + epsilon);
  const vector scale = load_vector(gamma + group * LANES) * deviation;
  vector total_g = 0.0f, total_gx = 0.0f;
  size_t offset = group_offset(f, first, group);
  int y = first % f.height;
  for (int row = first; row < last; row++) {
    vector row_g = 0.0f, row_gx = 0.0f;
    for (int i = 0; i < width; i++) {
      const size_t at = offset + i * f.block;
      const vector centred = load_stored(x + at, lanes) - mean;
      const vector z = fma(centred, scale, shift);
      const vector g = load_stored(grad_y + at, lanes) * slope_at_input(z, activation, slope);
      store_stored(g * scale, grad_x + at, lanes);
      row_g += g;
      row_gx = fma(g, centred, row_gx);
    }
    total_g += row_g;
    total_gx += row_gx;
    offset = next_row(f, offset, &y);
  }
  const size_t at = ((size_t)chunk * get_global_size(1) + group) * LANES;
  store_lanes(total_gx * deviation, grad_gamma + at, lanes);
  store_lanes(total_g, grad_beta + at, lanes);
}

// grad_gamma and grad_beta: the chunks' sums, added in order.
// A work-item owns one group of channels.
__kernel __attribute__((vec_type_hint(vector))) void batch_norm_frozen_backward_combine(
    __global const float *restrict gamma_partials,  // [chunks][groups][LANES]
    __global const float *restrict beta_partials,   // [chunks][groups][LANES]
    __global float *restrict grad_gamma,            // [C]
    __global float *restrict grad_beta,             // [C]
    int chunks, int channels) {
  const int group = get_global_id(0), lanes = min(LANES, channels - group * LANES);
  vector sum_gamma = 0.0f, sum_beta = 0.0f;
  for (int i = 0; i < chunks; i++) {
    sum_gamma += load_lanes(gamma_partials + ((size_t)i * get_global_size(0) + group) * LANES, lanes);
    sum_beta += load_lanes(beta_partials + ((size_t)i * get_global_size(0) + group) * LANES, lanes);
  }
  store_lanes(sum_gamma, grad_gamma + group * LANES, lanes);
  store_lanes(sum_beta, grad_beta + group * LANES, lanes);
}

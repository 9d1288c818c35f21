// Gradients of batch normalisation in training and of its activation f. With x^ = (x - mean) * deviation,
// z = gamma * x^ + beta and g = grad_y * f'(z), per channel over M = N * H * W elements:
// grad_beta = sum g; grad_gamma = sum g x^; grad_x = gamma * deviation * (g - grad_beta / M - x^ * grad_gamma / M).

// The parameters and statistics of one channel block.
typedef struct {
  float16 mean, deviation, scale, beta;
} Channels;

static void read_channels(
    Channels *c, int cb, __global const float *gamma, __global const float *beta, __global const float *mean,
    __global const float *deviation) {
  c->mean = vload16(cb, mean);
  c->deviation = vload16(cb, deviation);
  c->scale = vload16(cb, gamma) * c->deviation;
  c->beta = vload16(cb, beta);
}

static void gradient_sums_of_lanes(
    __global const float *restrict x, __global const float *restrict grad_y, Features f, int cb, int lanes, int first,
    int last, Channels c, int activation, float slope, float16 *sum_g, float16 *sum_gx) {
  size_t offset = row_offset(f, first, cb);
  int y = first % f.height;
  float16 total_g = 0.0f, total_gx = 0.0f;
  for (int row = first; row < last; row++) {
    float16 row_g = 0.0f, row_gx = 0.0f;
    for (int i = 0; i < f.width; i++) {
      const size_t at = offset + i * f.block;
      const float16 centred = load_lanes(x + at, lanes) - c.mean;
      const float16 z = fma(centred, c.scale, c.beta);
      const float16 g = load_lanes(grad_y + at, lanes) * slope_at_input(z, activation, slope);
      row_g += g;
      row_gx = fma(g, centred, row_gx);
    }
    total_g += row_g;
    total_gx += row_gx;
    offset = next_row(f, offset, &y);
  }
  *sum_g = total_g;
  *sum_gx = total_gx;
}

// Sums of g and g * (x - mean) over rows [first, last) of one channel block, kept per row so that they stay short.
// The common case, no padding channels and a rectifier, gets a copy of the code without tests in its loops.
static void gradient_sums(
    __global const float *restrict x, __global const float *restrict grad_y, Features f, int cb, int first, int last,
    Channels c, int activation, float slope, float16 *sum_g, float16 *sum_gx) {
  const int lanes = real_lanes(f, cb);
  if (lanes == BLOCK && activation == PIECEWISE_LINEAR) {
    gradient_sums_of_lanes(x, grad_y, f, cb, BLOCK, first, last, c, PIECEWISE_LINEAR, slope, sum_g, sum_gx);
  } else {
    gradient_sums_of_lanes(x, grad_y, f, cb, lanes, first, last, c, activation, slope, sum_g, sum_gx);
  }
}

static void input_gradient_of_lanes(
    __global const float *restrict x, __global const float *restrict grad_y, __global float *restrict grad_x,
    Features f, int cb, int lanes, int first, int last, Channels c, int activation, float slope, float16 mean_g,
    float16 slope_of_x) {
  size_t offset = row_offset(f, first, cb);
  int y = first % f.height;
  for (int row = first; row < last; row++) {
    for (int i = 0; i < f.width; i++) {
      const size_t at = offset + i * f.block;
      const float16 centred = load_lanes(x + at, lanes) - c.mean;
      const float16 z = fma(centred, c.scale, c.beta);
      const float16 g = load_lanes(grad_y + at, lanes) * slope_at_input(z, activation, slope);
      store_block(c.scale * (g - mean_g - centred * slope_of_x), grad_x + at, lanes);
    }
    offset = next_row(f, offset, &y);
  }
}

// grad_x over rows [first, last) of one channel block, from the sums over all `count` elements.
static void input_gradient(
    __global const float *restrict x, __global const float *restrict grad_y, __global float *restrict grad_x,
    Features f, int cb, int first, int last, Channels c, int activation, float slope, float16 sum_g, float16 sum_gx,
    float count) {
  const int lanes = real_lanes(f, cb);
  const float16 mean_g = sum_g / count;
  const float16 slope_of_x = sum_gx / count * c.deviation * c.deviation;
  if (lanes == BLOCK && activation == PIECEWISE_LINEAR) {
    input_gradient_of_lanes(
        x, grad_y, grad_x, f, cb, BLOCK, first, last, c, PIECEWISE_LINEAR, slope, mean_g, slope_of_x);
  } else {
    input_gradient_of_lanes(x, grad_y, grad_x, f, cb, lanes, first, last, c, activation, slope, mean_g, slope_of_x);
  }
}

// Sums of g and g * (x - mean) over each chunk of rows.  x, grad_y: features (N, C, H, W), rows = N * H.
// A work-item owns `rows_per_item` rows of one channel block.
__kernel __attribute__((vec_type_hint(float16))) void batch_norm_backward_sums(
    __global const float *restrict x,          // [N][blocks][H+2h][W+2h][block]
    __global const float *restrict grad_y,     // [N][blocks][H+2h][W+2h][block]
    __global const float *restrict gamma,      // [C]
    __global const float *restrict beta,       // [C]
    __global const float *restrict mean,       // [C]
    __global const float *restrict deviation,  // [C] 1 / sqrt(variance + epsilon)
    __global float *restrict partials,         // [blocks][chunks][g, g * (x - mean)][16]
    int activation, float slope, int rows, int rows_per_item, int channels, int height, int width) {
  Features f;
  set_features(&f, channels, height, width);
  const int chunk = get_global_id(0), cb = get_global_id(1);
  const int first = chunk * rows_per_item;
  Channels c;
  read_channels(&c, cb, gamma, beta, mean, deviation);
  float16 sum_g, sum_gx;
  gradient_sums(x, grad_y, f, cb, first, min(first + rows_per_item, rows), c, activation, slope, &sum_g, &sum_gx);
  __global float *p = partials + ((size_t)cb * get_global_size(0) + chunk) * 32;
  vstore16(sum_g, 0, p);
  vstore16(sum_gx, 1, p);
}

// grad_x from the chunks' sums.  x, grad_y, grad_x: features (N, C, H, W), rows = N * H.
// A work-item owns `rows_per_item` rows of one channel block; the first chunk's also writes grad_gamma and grad_beta.
__kernel __attribute__((vec_type_hint(float16))) void batch_norm_backward_apply(
    __global const float *restrict x,          // [N][blocks][H+2h][W+2h][block]
    __global const float *restrict grad_y,     // [N][blocks][H+2h][W+2h][block]
    __global const float *restrict gamma,      // [C]
    __global const float *restrict beta,       // [C]
    __global const float *restrict mean,       // [C]
    __global const float *restrict deviation,  // [C] 1 / sqrt(variance + epsilon)
    __global const float *restrict partials,   // [blocks][chunks][g, g * (x - mean)][16]
    __global float *restrict grad_x,           // [N][blocks][H+2h][W+2h][block]
    __global float *restrict grad_gamma,       // [C]
    __global float *restrict grad_beta,        // [C]
    int activation, float slope, int rows, int rows_per_item, int channels, int height, int width) {
  Features f;
  set_features(&f, channels, height, width);
  const int chunk = get_global_id(0), cb = get_global_id(1), chunks = get_global_size(0);
  Channels c;
  read_channels(&c, cb, gamma, beta, mean, deviation);
  float16 sum_g = 0.0f, sum_gx = 0.0f;
  for (int i = 0; i < chunks; i++) {
    __global const float *p = partials + ((size_t)cb * chunks + i) * 32;
    sum_g += vload16(0, p);
    sum_gx += vload16(1, p);
  }
  if (chunk == 0) {
    store_lanes(sum_gx * c.deviation, grad_gamma + cb * BLOCK, real_lanes(f, cb));
    store_lanes(sum_g, grad_beta + cb * BLOCK, real_lanes(f, cb));
  }
  const int first = chunk * rows_per_item;
  input_gradient(
      x, grad_y, grad_x, f, cb, first, min(first + rows_per_item, rows), c, activation, slope, sum_g, sum_gx,
      (float)rows * width);
}

// grad_x, grad_gamma and grad_beta in one launch.  x, grad_y, grad_x: features (N, C, H, W), rows = N * H.
// A work-item owns a whole channel block and its sums.
__kernel __attribute__((vec_type_hint(float16))) void batch_norm_backward(
    __global const float *restrict x,          // [N][blocks][H+2h][W+2h][block]
    __global const float *restrict grad_y,     // [N][blocks][H+2h][W+2h][block]
    __global const float *restrict gamma,      // [C]
    __global const float *restrict beta,       // [C]
    __global const float *restrict mean,       // [C]
    __global const float *restrict deviation,  // [C] 1 / sqrt(variance + epsilon)
    __global float *restrict grad_x,           // [N][blocks][H+2h][W+2h][block]
    __global float *restrict grad_gamma,       // [C]
    __global float *restrict grad_beta,        // [C]
    int activation, float slope, int rows, int channels, int height, int width) {
  Features f;
  set_features(&f, channels, height, width);
  const int cb = get_global_id(0);
  Channels c;
  read_channels(&c, cb, gamma, beta, mean, deviation);
  float16 sum_g, sum_gx;
  gradient_sums(x, grad_y, f, cb, 0, rows, c, activation, slope, &sum_g, &sum_gx);
  store_lanes(sum_gx * c.deviation, grad_gamma + cb * BLOCK, real_lanes(f, cb));
  store_lanes(sum_g, grad_beta + cb * BLOCK, real_lanes(f, cb));
  input_gradient(x, grad_y, grad_x, f, cb, 0, rows, c, activation, slope, sum_g, sum_gx, (float)rows * width);
}

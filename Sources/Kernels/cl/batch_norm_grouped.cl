// Batch normalisation in training for GPUs; batch_norm.cl and batch_norm_backward.cl have the formulas.
// Work-groups of GROUP work-items take chunks of the pixels = N * H * W; neighbouring work-items take neighbouring
// quads of channels.
// Defines: LANES=4.

// A work-group's part of features: one chunk of pixels of one channel block. A work-item takes one quad of channels of
// every `step`-th pixel.
typedef struct {
  Features f;
  int cb, quads, quad, lanes, first, last, step;
} Chunk;

static void set_chunk(Chunk *c, int pixels, int pixels_per_chunk, int channels, int height, int width) {
  const int item = get_local_id(0), chunk = get_group_id(0);
  set_features(&c->f, channels, height, width);
  c->cb = get_group_id(1);
  c->quads = (c->f.block + 3) / 4;
  c->quad = item % c->quads;
  c->lanes = clamp(real_lanes(c->f, c->cb) - 4 * c->quad, 0, 4);
  c->first = chunk * pixels_per_chunk + item / c->quads;
  c->last = min((chunk + 1) * pixels_per_chunk, pixels);
  c->step = GROUP / c->quads;
}

// Floats before the work-item's quad of a pixel.
static size_t quad_offset(const Chunk *c, int pixel) {
  return row_offset(c->f, pixel / c->f.width, c->cb) + pixel % c->f.width * c->f.block + 4 * c->quad;
}

// Mean and sum of squared deviations of each chunk, shifted by the mean of its first pixels.
// A work-group owns one chunk of one channel block.
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void batch_norm_grouped_moments(
    __global const stored *restrict x,  // [N][blocks][H+2h][W+2h][block]
    __global float *restrict partials,  // [blocks][chunks][mean, squares][16]
    int pixels, int pixels_per_chunk, int channels, int height, int width) {
  __local vector scratch[GROUP];
  Chunk c;
  set_chunk(&c, pixels, pixels_per_chunk, channels, height, width);
  const int count = c.last - (int)get_group_id(0) * pixels_per_chunk;
  vector some = 0.0f;
  if (c.first < c.last) some = load_stored(x + quad_offset(&c, c.first), c.lanes);
  const vector shift = group_sum(some, scratch, c.quads) / (float)min(count, c.step);
  vector sum = 0.0f, squares = 0.0f;
  for (int p = c.first; p < c.last; p += c.step) {
    const vector d = load_stored(x + quad_offset(&c, p), c.lanes) - shift;
    sum += d;
    squares = fma(d, d, squares);
  }
  sum = group_sum(sum, scratch, c.quads);
  squares = group_sum(squares, scratch, c.quads);
  if (get_local_id(0) < c.quads) {
    const vector delta = sum / (float)count;
    const size_t chunk = (size_t)c.cb * get_num_groups(0) + get_group_id(0);
    store_vector(shift + delta, partials + chunk * 32 + 4 * c.quad);
    store_vector(squares - sum * delta, partials + chunk * 32 + 16 + 4 * c.quad);
  }
}

// y = f((x - mean) * gamma / sqrt(variance + epsilon) + beta) from the chunks' moments, combined about their common
// mean.  x, y: features (N, C, H, W).
// A work-group owns one chunk of one channel block; the first chunk's also writes the statistics.
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void batch_norm_grouped_normalise(
    __global const stored *restrict x,        // [N][blocks][H+2h][W+2h][block]
    __global const float *restrict gamma,     // [C]
    __global const float *restrict beta,      // [C]
    __global const float *running_mean,       // [C]
    __global const float *running_variance,   // [C]
    __global const float *restrict partials,  // [blocks][chunks][mean, squares][16]
    __global stored *restrict y,              // [N][blocks][H+2h][W+2h][block]
    __global float *restrict mean_out,        // [C]
    __global float *restrict deviation_out,   // [C] 1 / sqrt(variance + epsilon)
    __global float *new_running_mean,         // [C]
    __global float *new_running_variance,     // [C]
    float momentum, float epsilon, int activation, float slope, int pixels, int pixels_per_chunk, int channels,
    int height, int width) {
  __local vector scratch[GROUP];
  Chunk c;
  set_chunk(&c, pixels, pixels_per_chunk, channels, height, width);
  const int item = get_local_id(0), chunks = get_num_groups(0);
  __global const float *moments = partials + (size_t)c.cb * chunks * 32 + 4 * c.quad;
  vector sum = 0.0f, squares = 0.0f;
  for (int i = item / c.quads; i < chunks; i += c.step) {
    const float count = min(pixels_per_chunk, pixels - i * pixels_per_chunk);
    sum += count * load_vector(moments + i * 32);
  }
  const vector mean = group_sum(sum, scratch, c.quads) / (float)pixels;
  for (int i = item / c.quads; i < chunks; i += c.step) {
    const float count = min(pixels_per_chunk, pixels - i * pixels_per_chunk);
    const vector d = load_vector(moments + i * 32) - mean;
    squares += fma(count * d, d, load_vector(moments + i * 32 + 16));
  }
  squares = group_sum(squares, scratch, c.quads);
  const vector deviation = 1.0f / sqrt(squares / (float)pixels + epsilon);
  const int at = c.cb * BLOCK + 4 * c.quad;
  if (get_group_id(0) == 0 && item < c.quads) {
    const vector unbiased = squares / max((float)pixels - 1.0f, 1.0f);
    const vector old_mean = load_lanes(running_mean + at, c.lanes);
    const vector old_variance = load_lanes(running_variance + at, c.lanes);
    store_lanes(mean, mean_out + at, c.lanes);
    store_lanes(deviation, deviation_out + at, c.lanes);
    store_lanes((1.0f - momentum) * old_mean + momentum * mean, new_running_mean + at, c.lanes);
    store_lanes((1.0f - momentum) * old_variance + momentum * unbiased, new_running_variance + at, c.lanes);
  }
  const vector scale = deviation * load_lanes(gamma + at, c.lanes), shift = load_lanes(beta + at, c.lanes);
  for (int p = c.first; p < c.last; p += c.step) {
    const size_t offset = quad_offset(&c, p);
    const vector z = fma(load_stored(x + offset, c.lanes) - mean, scale, shift);
    store_stored(activate(z, activation, slope), y + offset, c.lanes);
  }
}

// The parameters and statistics of a work-item's quad of channels.
typedef struct {
  vector mean, deviation, scale, shift;
} Norm;

static void read_norm(
    Norm *n, const Chunk *c, __global const float *gamma, __global const float *beta, __global const float *mean,
    __global const float *deviation) {
  const int at = c->cb * BLOCK + 4 * c->quad;
  n->mean = load_lanes(mean + at, c->lanes);
  n->deviation = load_lanes(deviation + at, c->lanes);
  n->scale = load_lanes(gamma + at, c->lanes) * n->deviation;
  n->shift = load_lanes(beta + at, c->lanes);
}

// Sums of g and g * (x - mean) over each chunk, with g = grad_y * f'(z).
// A work-group owns one chunk of one channel block.
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void batch_norm_grouped_backward_sums(
    __global const stored *restrict x,         // [N][blocks][H+2h][W+2h][block]
    __global const stored *restrict grad_y,    // [N][blocks][H+2h][W+2h][block]
    __global const float *restrict gamma,      // [C]
    __global const float *restrict beta,       // [C]
    __global const float *restrict mean,       // [C]
    __global const float *restrict deviation,  // [C] 1 / sqrt(variance + epsilon)
    __global float *restrict partials,         // [blocks][chunks][sum of g, sum of g (x - mean)][16]
    int activation, float slope, int pixels, int pixels_per_chunk, int channels, int height, int width) {
  __local vector scratch[GROUP];
  Chunk c;
  Norm n;
  set_chunk(&c, pixels, pixels_per_chunk, channels, height, width);
  read_norm(&n, &c, gamma, beta, mean, deviation);
  vector sum_g = 0.0f, sum_gx = 0.0f;
  for (int p = c.first; p < c.last; p += c.step) {
    const size_t offset = quad_offset(&c, p);
    const vector centred = load_stored(x + offset, c.lanes) - n.mean;
    const vector z = fma(centred, n.scale, n.shift);
    const vector g = load_stored(grad_y + offset, c.lanes) * slope_at_input(z, activation, slope);
    sum_g += g;
    sum_gx = fma(g, centred, sum_gx);
  }
  sum_g = group_sum(sum_g, scratch, c.quads);
  sum_gx = group_sum(sum_gx, scratch, c.quads);
  if (get_local_id(0) < c.quads) {
    const size_t chunk = (size_t)c.cb * get_num_groups(0) + get_group_id(0);
    store_vector(sum_g, partials + chunk * 32 + 4 * c.quad);
    store_vector(sum_gx, partials + chunk * 32 + 16 + 4 * c.quad);
  }
}

// grad_x = gamma * deviation * (g - grad_beta / pixels - x^ * grad_gamma / pixels) from the chunks' sums.
// A work-group owns one chunk of one channel block; the first chunk's also writes grad_gamma and grad_beta.
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void batch_norm_grouped_backward_apply(
    __global const stored *restrict x,         // [N][blocks][H+2h][W+2h][block]
    __global const stored *restrict grad_y,    // [N][blocks][H+2h][W+2h][block]
    __global const float *restrict gamma,      // [C]
    __global const float *restrict beta,       // [C]
    __global const float *restrict mean,       // [C]
    __global const float *restrict deviation,  // [C] 1 / sqrt(variance + epsilon)
    __global const float *restrict partials,   // [blocks][chunks][sum of g, sum of g (x - mean)][16]
    __global stored *restrict grad_x,          // [N][blocks][H+2h][W+2h][block]
    __global float *restrict grad_gamma,       // [C]
    __global float *restrict grad_beta,        // [C]
    int activation, float slope, int pixels, int pixels_per_chunk, int channels, int height, int width) {
  __local vector scratch[GROUP];
  Chunk c;
  Norm n;
  set_chunk(&c, pixels, pixels_per_chunk, channels, height, width);
  read_norm(&n, &c, gamma, beta, mean, deviation);
  const int item = get_local_id(0), chunks = get_num_groups(0);
  __global const float *sums = partials + (size_t)c.cb * chunks * 32 + 4 * c.quad;
  vector sum_g = 0.0f, sum_gx = 0.0f;
  for (int i = item / c.quads; i < chunks; i += c.step) {
    sum_g += load_vector(sums + i * 32);
    sum_gx += load_vector(sums + i * 32 + 16);
  }
  sum_g = group_sum(sum_g, scratch, c.quads);
  sum_gx = group_sum(sum_gx, scratch, c.quads);
  if (get_group_id(0) == 0 && item < c.quads) {
    const int at = c.cb * BLOCK + 4 * c.quad;
    store_lanes(sum_gx * n.deviation, grad_gamma + at, c.lanes);
    store_lanes(sum_g, grad_beta + at, c.lanes);
  }
  const vector mean_g = sum_g / (float)pixels, slope_of_x = sum_gx / (float)pixels * n.deviation * n.deviation;
  for (int p = c.first; p < c.last; p += c.step) {
    const size_t offset = quad_offset(&c, p);
    const vector centred = load_stored(x + offset, c.lanes) - n.mean;
    const vector z = fma(centred, n.scale, n.shift);
    const vector g = load_stored(grad_y + offset, c.lanes) * slope_at_input(z, activation, slope);
    store_stored(n.scale * (g - mean_g - centred * slope_of_x), grad_x + offset, c.lanes);
  }
}

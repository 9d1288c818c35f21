// Batch normalisation in training, with the statistics of the batch, per channel over N, H and W.
// Small tensors take one launch, with one work-item per channel block; large ones two, with one per chunk of rows.

// Mean and sum of squared deviations of rows [first, last) of one channel block. The sums are shifted by the mean of
// the first row, so that a mean far from zero costs no precision, and are kept per row, so that they stay short.
static void moments_of_lanes(
    __global const float *restrict x, Features f, int cb, int lanes, int first, int last, float16 *mean,
    float16 *squares) {
  size_t offset = row_offset(f, first, cb);
  int y = first % f.height;
  __global const float *p = x + offset;
  float16 shift = 0.0f;
  for (int i = 0; i < f.width; i++) shift += load_lanes(p + i * f.block, lanes);
  shift /= (float)f.width;
  float16 sum = 0.0f, sum_of_squares = 0.0f;
  for (int row = first; row < last; row++) {
    p = x + offset;
    float16 row_sum = 0.0f, row_squares = 0.0f;
    for (int i = 0; i < f.width; i++) {
      const float16 d = load_lanes(p + i * f.block, lanes) - shift;
      row_sum += d;
      row_squares = fma(d, d, row_squares);
    }
    sum += row_sum;
    sum_of_squares += row_squares;
    offset = next_row(f, offset, &y);
  }
  const float16 delta = sum / ((float)(last - first) * f.width);
  *mean = shift + delta;
  *squares = sum_of_squares - sum * delta;
}

// A block without padding channels gets a copy of the code in which loads need no test.
static void moments(
    __global const float *restrict x, Features f, int cb, int first, int last, float16 *mean, float16 *squares) {
  const int lanes = real_lanes(f, cb);
  if (lanes == BLOCK) {
    moments_of_lanes(x, f, cb, BLOCK, first, last, mean, squares);
  } else {
    moments_of_lanes(x, f, cb, lanes, first, last, mean, squares);
  }
}

// mean, 1 / sqrt(variance + epsilon) and the running statistics of one channel block, from its moments over `count`.
static void store_statistics(
    float16 mean, float16 squares, float16 deviation, int cb, int lanes, float count, float momentum,
    __global const float *running_mean, __global const float *running_variance, __global float *mean_out,
    __global float *deviation_out, __global float *new_running_mean, __global float *new_running_variance) {
  const int at = cb * BLOCK;
  const float16 unbiased = squares / max(count - 1.0f, 1.0f);
  const float16 old_mean = load_lanes(running_mean + at, lanes);
  const float16 old_variance = load_lanes(running_variance + at, lanes);
  store_lanes(mean, mean_out + at, lanes);
  store_lanes(deviation, deviation_out + at, lanes);
  store_lanes((1.0f - momentum) * old_mean + momentum * mean, new_running_mean + at, lanes);
  store_lanes((1.0f - momentum) * old_variance + momentum * unbiased, new_running_variance + at, lanes);
}

static void normalise_lanes(
    __global const float *restrict x, __global float *restrict y, Features f, int cb, int lanes, int first, int last,
    float16 mean, float16 scale, float16 beta, int activation, float slope) {
  size_t offset = row_offset(f, first, cb);
  int line = first % f.height;
  for (int row = first; row < last; row++) {
    for (int i = 0; i < f.width; i++) {
      const size_t at = offset + i * f.block;
      const float16 z = fma(load_lanes(x + at, lanes) - mean, scale, beta);
      store_block(activate(z, activation, slope), y + at, lanes);
    }
    offset = next_row(f, offset, &line);
  }
}

// y = f((x - mean) * scale + beta) over rows [first, last) of one channel block.
static void normalise(
    __global const float *restrict x, __global float *restrict y, Features f, int cb, int first, int last, float16 mean,
    float16 scale, float16 beta, int activation, float slope) {
  const int lanes = real_lanes(f, cb);
  if (lanes == BLOCK && activation == PIECEWISE_LINEAR) {
    normalise_lanes(x, y, f, cb, BLOCK, first, last, mean, scale, beta, PIECEWISE_LINEAR, slope);
  } else {
    normalise_lanes(x, y, f, cb, lanes, first, last, mean, scale, beta, activation, slope);
  }
}

// Mean and sum of squared deviations of each chunk of rows.  x: features (N, C, H, W), rows = N * H.
// A work-item owns `rows_per_item` rows of one channel block.
__kernel __attribute__((vec_type_hint(float16))) void batch_norm_moments(
    __global const float *restrict x,   // [N][blocks][H+2h][W+2h][block]
    __global float *restrict partials,  // [blocks][chunks][mean, squares][16]
    int rows, int rows_per_item, int channels, int height, int width) {
  Features f;
  set_features(&f, channels, height, width);
  const int chunk = get_global_id(0), cb = get_global_id(1);
  const int first = chunk * rows_per_item;
  float16 mean, squares;
  moments(x, f, cb, first, min(first + rows_per_item, rows), &mean, &squares);
  __global float *p = partials + ((size_t)cb * get_global_size(0) + chunk) * 32;
  vstore16(mean, 0, p);
  vstore16(squares, 1, p);
}

// y = f((x - mean) * gamma / sqrt(variance + epsilon) + beta) from the chunks' moments, which are combined by the
// formula of Chan, Golub and LeVeque.  x, y: features (N, C, H, W), rows = N * H.
// A work-item owns `rows_per_item` rows of one channel block; the first chunk's also writes the statistics.
__kernel __attribute__((vec_type_hint(float16))) void batch_norm_normalise(
    __global const float *restrict x,         // [N][blocks][H+2h][W+2h][block]
    __global const float *restrict gamma,     // [C]
    __global const float *restrict beta,      // [C]
    __global const float *running_mean,       // [C]
    __global const float *running_variance,   // [C]
    __global const float *restrict partials,  // [blocks][chunks][mean, squares][16]
    __global float *restrict y,               // [N][blocks][H+2h][W+2h][block]
    __global float *restrict mean_out,        // [C]
    __global float *restrict deviation_out,   // [C] 1 / sqrt(variance + epsilon)
    __global float *new_running_mean,         // [C]
    __global float *new_running_variance,     // [C]
    float momentum, float epsilon, int activation, float slope, int rows, int rows_per_item, int channels, int height,
    int width) {
  Features f;
  set_features(&f, channels, height, width);
  const int chunk = get_global_id(0), cb = get_global_id(1), chunks = get_global_size(0);
  const int lanes = real_lanes(f, cb);
  float16 mean = 0.0f, squares = 0.0f;
  float count = 0.0f;
  for (int i = 0; i < chunks; i++) {
    __global const float *p = partials + ((size_t)cb * chunks + i) * 32;
    const float added = (float)min(rows_per_item, rows - i * rows_per_item) * width;
    const float16 delta = vload16(0, p) - mean;
    mean += delta * (added / (count + added));
    squares += vload16(1, p) + delta * delta * (count * (added / (count + added)));
    count += added;
  }
  const float16 deviation = 1.0f / sqrt(squares / count + epsilon);
  if (chunk == 0)
    store_statistics(
        mean, squares, deviation, cb, lanes, count, momentum, running_mean, running_variance, mean_out, deviation_out,
        new_running_mean, new_running_variance);
  const int first = chunk * rows_per_item;
  normalise(
      x, y, f, cb, first, min(first + rows_per_item, rows), mean, deviation * vload16(cb, gamma), vload16(cb, beta),
      activation, slope);
}

// The same in one launch.  x, y: features (N, C, H, W), rows = N * H.
// A work-item owns a whole channel block and its statistics.
__kernel __attribute__((vec_type_hint(float16))) void batch_norm_forward(
    __global const float *restrict x,        // [N][blocks][H+2h][W+2h][block]
    __global const float *restrict gamma,    // [C]
    __global const float *restrict beta,     // [C]
    __global const float *running_mean,      // [C]
    __global const float *running_variance,  // [C]
    __global float *restrict y,              // [N][blocks][H+2h][W+2h][block]
    __global float *restrict mean_out,       // [C]
    __global float *restrict deviation_out,  // [C] 1 / sqrt(variance + epsilon)
    __global float *new_running_mean,        // [C]
    __global float *new_running_variance,    // [C]
    float momentum, float epsilon, int activation, float slope, int rows, int channels, int height, int width) {
  Features f;
  set_features(&f, channels, height, width);
  const int cb = get_global_id(0);
  const float count = (float)rows * width;
  float16 mean, squares;
  moments(x, f, cb, 0, rows, &mean, &squares);
  const float16 deviation = 1.0f / sqrt(squares / count + epsilon);
  store_statistics(
      mean, squares, deviation, cb, real_lanes(f, cb), count, momentum, running_mean, running_variance, mean_out,
      deviation_out, new_running_mean, new_running_variance);
  normalise(x, y, f, cb, 0, rows, mean, deviation * vload16(cb, gamma), vload16(cb, beta), activation, slope);
}

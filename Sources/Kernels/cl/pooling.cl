// Max pooling, profiles, global average pooling and nearest-neighbour upsampling, from maps x to maps y of another
// size, and their gradients. The channels are split into ceil(C / LANES) groups of LANES, which a work-item takes
// together. Defines: X_HALF, Y_HALF (1 if maps of the size of x, or of y, are stored as half; LANES is then 4).

#if X_HALF
typedef half stored_x;
#define load_stored_x load_half_lanes
#define store_stored_x store_half_lanes
#else
typedef float stored_x;
#define load_stored_x load_block
#define store_stored_x store_block
#endif
#if Y_HALF
typedef half stored_y;
#define load_stored_y load_half_lanes
#define store_stored_y store_half_lanes
#else
typedef float stored_y;
#define load_stored_y load_block
#define store_stored_y store_block
#endif

// y = the largest element of each window of x, places = its index in the window. Windows are clipped at the border. Of
// equal elements the first in row order counts; NaN counts as the largest.
// rows = N * y_height. A work-item owns `rows_per_item` rows of y in one group of channels.
__kernel __attribute__((vec_type_hint(vector))) void max_pool2d_forward(
    __global const stored_x *restrict x,  // [N][blocks][H+2h][W+2h][block]
    __global stored_y *restrict y,        // [N][blocks][y_height+2h][y_width+2h][block]
    __global stored_y *restrict places,   // as y: row * window + column
    int rows, int rows_per_item, int channels, int height, int width, int y_height, int y_width, int window, int stride,
    int padding) {
  Features f, g;
  set_features(&f, channels, height, width);
  set_features(&g, channels, y_height, y_width);
  const int group = get_global_id(1), lanes = min(LANES, channels - group * LANES);
  const int x_line = (width + 2 * f.halo) * f.block;
  const int first = get_global_id(0) * rows_per_item;
  const int last = min(first + rows_per_item, rows);
  for (int row = first; row < last; row++) {
    const int n = row / y_height, top = row % y_height * stride - padding;
    const int first_r = max(0, -top), last_r = min(window, height - top);
    const size_t above = group_offset(f, n * height + top + first_r, group), out = group_offset(g, row, group);
    for (int i = 0; i < y_width; i++) {
      const int left = i * stride - padding;
      const int first_s = max(0, -left), last_s = min(window, width - left);
      vector best = -INFINITY, place = 0.0f;
      for (int r = first_r; r < last_r; r++) {
        for (int s = first_s; s < last_s; s++) {
          const vector v = load_stored_x(x + above + (r - first_r) * x_line + (left + s) * f.block, lanes);
          const vector here = (float)(r * window + s);
          place = select(place, here, (v > best) | isnan(v));
          best = select(best, v, (v > best) | isnan(v));
        }
      }
      store_stored_y(best, y + out + i * g.block, lanes);
      store_stored_y(place, places + out + i * g.block, lanes);
    }
  }
}

// grad_x = the sum of grad_y over the windows in which the element of x is the largest.
// rows = N * height. A work-item owns `rows_per_item` rows of grad_x in one group of channels.
__kernel __attribute__((vec_type_hint(vector))) void max_pool2d_backward(
    __global const stored_y *restrict grad_y,  // [N][blocks][y_height+2h][y_width+2h][block]
    __global const stored_y *restrict places,  // as grad_y
    __global stored_x *restrict grad_x,        // [N][blocks][H+2h][W+2h][block]
    int rows, int rows_per_item, int channels, int height, int width, int y_height, int y_width, int window, int stride,
    int padding) {
  Features f, g;
  set_features(&f, channels, height, width);
  set_features(&g, channels, y_height, y_width);
  const int group = get_global_id(1), lanes = min(LANES, channels - group * LANES);
  const int y_line = (y_width + 2 * g.halo) * g.block;
  const int first = get_global_id(0) * rows_per_item;
  const int last = min(first + rows_per_item, rows);
  for (int row = first; row < last; row++) {
    const int n = row / height, below = row % height + padding;
    // Windows that start at or above this row and reach it.
    const int first_o = max(0, (below - window + stride) / stride), last_o = min(y_height - 1, below / stride);
    const size_t from = group_offset(g, n * y_height + min(first_o, y_height - 1), group);
    const size_t out = group_offset(f, row, group);
    for (int i = 0; i < width; i++) {
      const int right = i + padding;
      const int first_p = max(0, (right - window + stride) / stride), last_p = min(y_width - 1, right / stride);
      vector sum = 0.0f;
      for (int o = first_o; o <= last_o; o++) {
        for (int p = first_p; p <= last_p; p++) {
          const size_t at = from + (o - first_o) * y_line + p * g.block;
          const vector here = (float)((below - o * stride) * window + right - p * stride);
          sum += select((vector)0.0f, load_stored_y(grad_y + at, lanes), load_stored_y(places + at, lanes) == here);
        }
      }
      store_stored_x(sum, grad_x + out + i * f.block, lanes);
    }
  }
}

// y[0][j] = the largest element of column j of x, y[1][i] = that of row i; places = the row, or the column, of it. Of
// equal elements the first counts; NaN counts as the largest. Maps are square. rows = N * 2. A work-item owns
// `rows_per_item` rows of y in one group of channels.
__kernel __attribute__((vec_type_hint(vector))) void max_profiles2d_forward(
    __global const stored_x *restrict x,  // [N][blocks][H+2h][H+2h][block]
    __global stored_y *restrict y,        // [N][blocks][2+2h][H+2h][block]
    __global stored_y *restrict places,   // as y
    int rows, int rows_per_item, int channels, int height, int width) {
  Features f, g;
  set_features(&f, channels, height, width);
  set_features(&g, channels, 2, width);
  const int group = get_global_id(1), lanes = min(LANES, channels - group * LANES);
  const int x_line = (width + 2 * f.halo) * f.block;
  const int first = get_global_id(0) * rows_per_item;
  const int last = min(first + rows_per_item, rows);
  for (int row = first; row < last; row++) {
    const bool of_rows = row % 2;
    const int line = of_rows ? x_line : f.block, along = of_rows ? f.block : x_line;
    const size_t from = group_offset(f, row / 2 * height, group), out = group_offset(g, row, group);
    for (int i = 0; i < width; i++) {
      vector best = -INFINITY, place = 0.0f;
      for (int k = 0; k < width; k++) {
        const vector v = load_stored_x(x + from + i * line + k * along, lanes);
        place = select(place, (vector)(float)k, (v > best) | isnan(v));
        best = select(best, v, (v > best) | isnan(v));
      }
      store_stored_y(best, y + out + i * g.block, lanes);
      store_stored_y(place, places + out + i * g.block, lanes);
    }
  }
}

// grad_x = grad_y of its column and of its row, of each if it is the largest there.
// rows = N * H. A work-item owns `rows_per_item` rows of grad_x in one group of channels.
__kernel __attribute__((vec_type_hint(vector))) void max_profiles2d_backward(
    __global const stored_y *restrict grad_y,  // [N][blocks][2+2h][H+2h][block]
    __global const stored_y *restrict places,  // as grad_y
    __global stored_x *restrict grad_x,        // [N][blocks][H+2h][H+2h][block]
    int rows, int rows_per_item, int channels, int height, int width) {
  Features f, g;
  set_features(&f, channels, height, width);
  set_features(&g, channels, 2, width);
  const int group = get_global_id(1), lanes = min(LANES, channels - group * LANES);
  const int first = get_global_id(0) * rows_per_item;
  const int last = min(first + rows_per_item, rows);
  for (int row = first; row < last; row++) {
    const int i = row % height;
    const size_t columns = group_offset(g, row / height * 2, group), out = group_offset(f, row, group);
    const size_t own = group_offset(g, row / height * 2 + 1, group) + i * g.block;
    const vector row_gradient = load_stored_y(grad_y + own, lanes), row_place = load_stored_y(places + own, lanes);
    for (int j = 0; j < width; j++) {
      const size_t at = columns + j * g.block;
      const vector from_column = select(
          (vector)0.0f, load_stored_y(grad_y + at, lanes), load_stored_y(places + at, lanes) == (vector)(float)i);
      const vector from_row = select((vector)0.0f, row_gradient, row_place == (vector)(float)j);
      store_stored_x(from_column + from_row, grad_x + out + j * f.block, lanes);
    }
  }
}

// y = the mean of x over its pixels.
// rows = N. A work-item owns `rows_per_item` images in one group of channels.
__kernel __attribute__((vec_type_hint(vector))) void global_average_pool2d_forward(
    __global const stored_x *restrict x,  // [N][blocks][H+2h][W+2h][block]
    __global stored_y *restrict y,        // [N][blocks][16]
    int rows, int rows_per_item, int channels, int height, int width) {
  Features f, g;
  set_features(&f, channels, height, width);
  set_features(&g, channels, 1, 1);
  const int group = get_global_id(1), lanes = min(LANES, channels - group * LANES);
  const int line = (width + 2 * f.halo) * f.block;
  const int first = get_global_id(0) * rows_per_item;
  const int last = min(first + rows_per_item, rows);
  for (int n = first; n < last; n++) {
    const size_t from = group_offset(f, n * height, group);
    vector sum = 0.0f;
    for (int i = 0; i < height; i++) {
      for (int j = 0; j < width; j++) sum += load_stored_x(x + from + i * line + j * f.block, lanes);
    }
    store_stored_y(sum / (float)(height * width), y + group_offset(g, n, group), lanes);
  }
}

// grad_x of a pixel = grad_y / (H W).
// rows = N * H. A work-item owns `rows_per_item` rows of grad_x in one group of channels.
__kernel __attribute__((vec_type_hint(vector))) void global_average_pool2d_backward(
    __global const stored_y *restrict grad_y,  // [N][blocks][16]
    __global stored_x *restrict grad_x,        // [N][blocks][H+2h][W+2h][block]
    int rows, int rows_per_item, int channels, int height, int width) {
  Features f, g;
  set_features(&f, channels, height, width);
  set_features(&g, channels, 1, 1);
  const int group = get_global_id(1), lanes = min(LANES, channels - group * LANES);
  const int first = get_global_id(0) * rows_per_item;
  const int last = min(first + rows_per_item, rows);
  for (int row = first; row < last; row++) {
    const vector v = load_stored_y(grad_y + group_offset(g, row / height, group), lanes) / (float)(height * width);
    const size_t out = group_offset(f, row, group);
    for (int j = 0; j < width; j++) store_stored_x(v, grad_x + out + j * f.block, lanes);
  }
}

// y[n,c,i,j] = x[n,c,i/factor,j/factor].
// rows = N * y_height. A work-item owns `rows_per_item` rows of y in one group of channels.
__kernel __attribute__((vec_type_hint(vector))) void upsample_nearest2d_forward(
    __global const stored_x *restrict x,  // [N][blocks][H+2h][W+2h][block]
    __global stored_y *restrict y,        // [N][blocks][factor H+2h][factor W+2h][block]
    int rows, int rows_per_item, int channels, int height, int width, int factor) {
  Features f, g;
  set_features(&f, channels, height, width);
  set_features(&g, channels, height * factor, width * factor);
  const int group = get_global_id(1), lanes = min(LANES, channels - group * LANES);
  const int first = get_global_id(0) * rows_per_item;
  const int last = min(first + rows_per_item, rows);
  for (int row = first; row < last; row++) {
    // Row r of all N images of y comes from row r / factor of x.
    const size_t from = group_offset(f, row / factor, group), out = group_offset(g, row, group);
    for (int i = 0; i < width; i++) {
      const vector v = load_stored_x(x + from + i * f.block, lanes);
      for (int s = 0; s < factor; s++) store_stored_y(v, y + out + (i * factor + s) * g.block, lanes);
    }
  }
}

// grad_x = the sum of grad_y over the factor x factor pixels that a pixel became.
// rows = N * H. A work-item owns `rows_per_item` rows of grad_x in one group of channels.
__kernel __attribute__((vec_type_hint(vector))) void upsample_nearest2d_backward(
    __global const stored_y *restrict grad_y,  // [N][blocks][factor H+2h][factor W+2h][block]
    __global stored_x *restrict grad_x,        // [N][blocks][H+2h][W+2h][block]
    int rows, int rows_per_item, int channels, int height, int width, int factor) {
  Features f, g;
  set_features(&f, channels, height, width);
  set_features(&g, channels, height * factor, width * factor);
  const int group = get_global_id(1), lanes = min(LANES, channels - group * LANES);
  const int line = (width * factor + 2 * g.halo) * g.block;
  const int first = get_global_id(0) * rows_per_item;
  const int last = min(first + rows_per_item, rows);
  for (int row = first; row < last; row++) {
    const size_t from = group_offset(g, row * factor, group), out = group_offset(f, row, group);
    for (int i = 0; i < width; i++) {
      vector sum = 0.0f;
      for (int r = 0; r < factor; r++) {
        for (int s = 0; s < factor; s++)
          sum += load_stored_y(grad_y + from + r * line + (i * factor + s) * g.block, lanes);
      }
      store_stored_x(sum, grad_x + out + i * f.block, lanes);
    }
  }
}

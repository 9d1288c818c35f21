// grad_w[k,c,r,s] = sum over n, oy, ox of x[n,c,oy*stride-padding+r,ox*stride-padding+s] grad_y[n,k,oy,ox].
// A tile is TILE_ROWS rows of the window x TILE_COLUMNS of the S * channels floats of a row x TILE_OUTPUTS blocks of 16
// outputs. A work-item owns tiles_per_item tiles for the pixels of one part; it takes all its tiles through one pass of
// pixels before the next pass. sum_partials adds the parts.
// Defines: X_BLOCK, FILTER_BLOCK, GRADIENT_BLOCK (contiguous channels of x, grad_w, grad_y); TILE_ROWS, TILE_COLUMNS,
// TILE_OUTPUTS; ONE_TILE (1: tiles_per_item is 1, and one pass has all pixels of a part).
#ifndef X_BLOCK
#define X_BLOCK 16
#endif
#ifndef FILTER_BLOCK
#define FILTER_BLOCK 16
#endif
#ifndef GRADIENT_BLOCK
#define GRADIENT_BLOCK 16
#endif
#ifndef TILE_ROWS
#define TILE_ROWS 1
#endif
#ifndef TILE_COLUMNS
#define TILE_COLUMNS 16
#endif
#ifndef TILE_OUTPUTS
#define TILE_OUTPUTS 1
#endif
#ifndef ONE_TILE
#define ONE_TILE 0
#endif
// A loop over the sums of a tile.
// clang-format off
#define FOR_TILE                                           \
  _Pragma("unroll") for (int i = 0; i < TILE_ROWS; i++)    \
  _Pragma("unroll") for (int j = 0; j < TILE_COLUMNS; j++) \
  _Pragma("unroll") for (int k = 0; k < TILE_OUTPUTS; k++)
// clang-format on
#define CHANNELS (X_BLOCK < FILTER_BLOCK ? X_BLOCK : FILTER_BLOCK)
// Pixels of a pass: their gradients and the values of x that they meet stay in an L1 cache of 32 KB.
#define PASS 64
// Whether blocks of 16 channels of x are copied next to each other, for the several tiles that read each of them.
#define COPIES_X (!ONE_TILE && TILE_ROWS == 1 && CHANNELS == 16 && TILE_COLUMNS < 16 && 16 % TILE_COLUMNS == 0)
// Adds one pixel to the sums of a tile: values of x, with `row` floats from row to row, times its gradients.
#define ADD_PIXEL(values, row, gradient)                                     \
  FOR_TILE {                                                                 \
    const int u = (i * TILE_COLUMNS + j) * TILE_OUTPUTS + k;                 \
    sum[u] = fma((float16)((values)[i * (row) + j]), (gradient)[k], sum[u]); \
  }

static float16 load_gradient(__global const float *at) {
#if GRADIENT_BLOCK == 16
  return vload16(0, at);
#else
  return load_lanes(at, GRADIENT_BLOCK);
#endif
}

__kernel __attribute__((vec_type_hint(float16))) void conv2d_backward_weight(
    __global const float *restrict x,       // [N][x_blocks][x_height + 2 x_halo][x_width + 2 x_halo][X_BLOCK]
    __global const float *restrict grad_y,  // [N][y_blocks][y_height + 2 y_halo][y_width + 2 y_halo][GRADIENT_BLOCK]
    __global float *restrict grad_w,        // [parts][y_blocks][x_blocks][R][S][FILTER_BLOCK][16]
    int images, int x_blocks, int x_height, int x_width, int x_halo, int y_blocks, int y_height, int y_width,
    int y_halo, int window_height, int window_width, int stride, int padding, int clipped, int tiles_per_item,
    int pixels_per_part) {
  const int row_tiles = window_width * CHANNELS / TILE_COLUMNS;
  const int block_tiles = row_tiles * (window_height / TILE_ROWS);
  const int first_tile = (int)get_global_id(0) * tiles_per_item;
  const int end_tile = min(first_tile + tiles_per_item, x_blocks * block_tiles);
  const int kb = get_global_id(1) * TILE_OUTPUTS, part = get_global_id(2);

  const int x_row = (x_width + 2 * x_halo) * X_BLOCK, x_plane = (x_height + 2 * x_halo) * x_row;
  const int y_row = (y_width + 2 * y_halo) * GRADIENT_BLOCK, y_plane = (y_height + 2 * y_halo) * y_row;
  const int filter_row = window_width * FILTER_BLOCK * 16, filter_block = x_blocks * window_height * filter_row;
  grad_w += (size_t)(part * y_blocks + kb) * filter_block;
  x += (x_halo - padding) * (x_row + X_BLOCK);
  grad_y += kb * y_plane + y_halo * (y_row + GRADIENT_BLOCK);

  const int first_pixel = part * pixels_per_part;
  const int end_pixel = min(first_pixel + pixels_per_part, images * y_height * y_width);
  const int pass = ONE_TILE ? max(pixels_per_part, 1) : PASS;
  for (int pixel = first_pixel; pixel < end_pixel; pixel += pass) {
#if !ONE_TILE
    // Where the pixels of the pass begin, and copies of their gradients and of x: rows of vectors that are a multiple
    // of 1 KB apart would evict each other from the cache. On a GPU such tables would be in memory.
    int x_at[PASS], terms = 0;
    float16 gradients[PASS * TILE_OUTPUTS];
#if COPIES_X
    float16 values[PASS];
#endif
#endif
    for (int tile = first_tile; tile < end_tile; tile++) {
      const int cb = tile / block_tiles, r = tile % block_tiles / row_tiles * TILE_ROWS;
      const int column = tile % row_tiles * TILE_COLUMNS, s = column / CHANNELS, c = column % CHANNELS;
      __global float *at_w = grad_w + (cb * window_height + r) * filter_row + (s * FILTER_BLOCK + c) * 16;
      __global const float *at_x = x + cb * x_plane + r * x_row + s * X_BLOCK + c;
      float16 sum[TILE_ROWS * TILE_COLUMNS * TILE_OUTPUTS];
      FOR_TILE {
        sum[(i * TILE_COLUMNS + j) * TILE_OUTPUTS + k] =
            pixel == first_pixel ? (float16)(0.0f) : vload16(0, at_w + k * filter_block + i * filter_row + j * 16);
      }
      // If padding is wider than the halo, pixels whose tap (r, s) is outside x are skipped.
      if (clipped || tile == first_tile) {
        int n = pixel / (y_height * y_width), oy = pixel / y_width % y_height, ox = pixel % y_width;
#if !ONE_TILE
        terms = 0;
#endif
        for (int p = pixel; p < min(pixel + pass, end_pixel); p++) {
          const int iy = oy * stride - padding + r, ix = ox * stride - padding + s;
          if (!clipped || (iy >= 0 && iy < x_height && ix >= 0 && ix < x_width)) {
            const int x_from = n * x_blocks * x_plane + oy * stride * x_row + ox * stride * X_BLOCK;
            __global const float *at_y = grad_y + n * y_blocks * y_plane + oy * y_row + ox * GRADIENT_BLOCK;
#if ONE_TILE
            float16 gradient[TILE_OUTPUTS];
#else
            float16 *gradient = gradients + terms * TILE_OUTPUTS;
            x_at[terms++] = x_from;
#endif
#pragma unroll
            for (int k = 0; k < TILE_OUTPUTS; k++) gradient[k] = load_gradient(at_y + k * y_plane);
#if ONE_TILE
            ADD_PIXEL(at_x + x_from, x_row, gradient)
#endif
          }
          if (++ox == y_width) {
            ox = 0;
            if (++oy == y_height) {
              oy = 0;
              n++;
            }
          }
        }
      }
#if COPIES_X
      if (clipped || c == 0 || tile == first_tile) {
        for (int t = 0; t < terms; t++) values[t] = *(__global const float16 *)(at_x - c + x_at[t]);
      }
#pragma unroll 2
      for (int t = 0; t < terms; t++) ADD_PIXEL((const float *)(values + t) + c, 0, gradients + t * TILE_OUTPUTS)
#elif !ONE_TILE
      for (int t = 0; t < terms; t++) ADD_PIXEL(at_x + x_at[t], x_row, gradients + t * TILE_OUTPUTS)
#endif
      FOR_TILE {
        *(__global float16 *)(at_w + k * filter_block + i * filter_row + j * 16) =
            sum[(i * TILE_COLUMNS + j) * TILE_OUTPUTS + k];
      }
    }
  }
}

// conv2d_gather as a matrix product, pixels x outputs, in tiles for GPUs.
// A work-group owns 8 * GROUP_ROWS pixels x ITEM_OUTPUTS * GROUP_COLUMNS outputs of one phase in one part of the sum,
// a work-item 8 x ITEM_OUTPUTS of them. 8 channels of a tap at a time go through registers to two local buffers.
// Past its end a tile reads its last pixel or block again. With several parts, conv2d_tiled_sum adds them.
// Defines: those of conv2d_tiled_loads.h; Y_HALF (1: y is stored as half).
#include "conv2d_tiled_loads.h"
#include "taps.h"

// sum[p] += x[c][p] * w[c] over 8 channels in local memory. A work-item's quads of pixels are half a tile apart, as are
// its quads of outputs, so that neighbouring work-items read neighbouring quads.
static void multiply(__local const float *x, __local const float *w, float4 sum[8][QUADS]) {
#pragma unroll
  for (int c = 0; c < DEPTH; c++) {
    const float4 low = *(__local const float4 *)(x + X_ROW(c));
    const float4 high = *(__local const float4 *)(x + X_ROW(c) + TILE_PIXELS / 2);
#pragma unroll
    for (int q = 0; q < QUADS; q++) {
      const float4 v = *(__local const float4 *)(w + W_ROW(c) + q * (TILE_OUTPUTS / QUADS));
      sum[0][q] = fma((float4)(low.x), v, sum[0][q]);
      sum[1][q] = fma((float4)(low.y), v, sum[1][q]);
      sum[2][q] = fma((float4)(low.z), v, sum[2][q]);
      sum[3][q] = fma((float4)(low.w), v, sum[3][q]);
      sum[4][q] = fma((float4)(high.x), v, sum[4][q]);
      sum[5][q] = fma((float4)(high.y), v, sum[5][q]);
      sum[6][q] = fma((float4)(high.z), v, sum[6][q]);
      sum[7][q] = fma((float4)(high.w), v, sum[7][q]);
    }
  }
}

#if Y_HALF
typedef half y_float;
#else
typedef float y_float;
#endif

static void store_quad(float4 v, __global y_float *p) {
#if Y_HALF
  store_halves(v, p);
#else
  *(__global float4 *)p = v;
#endif
}

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void conv2d_tiled(
    __global const x_float *restrict x,  // [N][x_blocks][x_height + 2 x_halo][x_width + 2 x_halo][X_BLOCK]
    __global const float *restrict w,    // [KB][x_blocks][R][S][X_BLOCK][16]; transposed [x_blocks][KB][R][S][16][16]
    __global const float *restrict b,    // [KB][16], read where has_bias
    __global y_float *restrict y,        // [N][KB][y_height + 2 y_halo][y_width + 2 y_halo][16]; with parts > 1
                                         // floats [parts][phases][KB][pixels of the largest phase][16], without b
    int has_bias, int images, int x_blocks, int x_height, int x_width, int x_halo, int y_blocks, int y_height,
    int y_width, int y_halo, int window_height, int window_width, int stride, int padding, int parts) {
  __local float x_tile[2 * X_TILE] __attribute__((aligned(16)));
  __local float w_tile[2 * W_TILE] __attribute__((aligned(16)));
  const int item = get_local_id(0);
  const int step = TRANSPOSED ? stride : 1, gather_step = TRANSPOSED ? 1 : stride;
  const int phase = (int)get_group_id(2) / parts, part = (int)get_group_id(2) % parts;
  const int phase_y = phase / step, phase_x = phase % step;

  // The phase's taps and pixels, and where a window starts relative to its pixel; see conv2d_gather.
  const int residue_y = TRANSPOSED ? (phase_y + padding) % step : 0;
  const int residue_x = TRANSPOSED ? (phase_x + padding) % step : 0;
  const int taps_y = taps_of(window_height, residue_y, step), taps_x = taps_of(window_width, residue_x, step);
  const int origin_y = TRANSPOSED ? (phase_y + padding) / step - (taps_y - 1) : -padding;
  const int origin_x = TRANSPOSED ? (phase_x + padding) / step - (taps_x - 1) : -padding;
  const int rows = (y_height - phase_y + step - 1) / step, columns = (y_width - phase_x + step - 1) / step;
  const int pixels = images * rows * columns;
  const int window = window_height * window_width;
  const int x_row = (x_width + 2 * x_halo) * X_BLOCK, x_plane = (x_height + 2 * x_halo) * x_row;
  const int first_pixel = (int)get_group_id(0) * TILE_PIXELS;
  const int first_block = (int)get_group_id(1) * (TILE_OUTPUTS / 16);

  // Bytes from the window's first tap, and from the first row of w, to what this work-item loads; and where its windows
  // begin.
  uint x_at[X_LOADS], w_at[W_LOADS];
  int window_row[X_LOADS], window_column[X_LOADS];
#pragma unroll
  for (int l = 0; l < X_LOADS; l++) {
#if X_BLOCK == 16
    const int own_pixel = pixel_of(item, l), own_float = quad_of(item, l) * 4;
#else
    const int own_pixel = item / 8 + l * (ITEMS / 8), own_float = 0;
#endif
    const int pixel = min(first_pixel + own_pixel, pixels - 1);
    const int n = pixel / (rows * columns), q = pixel % (rows * columns) / columns, p = pixel % columns;
    window_row[l] = q * gather_step + origin_y + x_halo;
    window_column[l] = p * gather_step + origin_x + x_halo;
    x_at[l] = X_BYTES * (n * x_blocks * x_plane + (window_row[l] - origin_y) * x_row +
                         (window_column[l] - origin_x) * X_BLOCK + own_float);
  }
#pragma unroll
  for (int l = 0; l < W_LOADS; l++) {
    const int u = item + l * ITEMS;
#if TRANSPOSED
    const int kb = min(first_block + u / 32, y_blocks - 1);
    w_at[l] = 4 * (kb * window * 256 + u / 2 % 16 * 16 + u % 2 * 4);
#else
    const int kb = min(first_block + u / 4 % (TILE_OUTPUTS / 16), y_blocks - 1);
    w_at[l] = 4 * (kb * x_blocks * window * X_BLOCK * 16 + u / (TILE_OUTPUTS / 4) * 16 + u % 4 * 4);
#endif
  }

  float4 sum[8][QUADS];
#pragma unroll
  for (int p = 0; p < 8; p++) {
#pragma unroll
    for (int q = 0; q < QUADS; q++) sum[p][q] = 0.0f;
  }
  const int item_row = item / GROUP_COLUMNS, item_column = item % GROUP_COLUMNS;
  __local const float *x_read = x_tile + item_row * 4;
  __local const float *w_read = w_tile + item_column * 4;
  share x_slice[X_LOADS];
  float4 w_slice[W_LOADS];
  const int x_rows = x_height + 2 * x_halo, x_columns = x_width + 2 * x_halo;
  x += origin_y * x_row + origin_x * X_BLOCK;

  // A step adds 16 terms: the taps of the blocks in order, or the floats of an image's window, row by row.
#if X_BLOCK == 16
  const int steps = x_blocks * taps_y * taps_x;
#else
  const int steps = (window * X_BLOCK + 15) / 16;
#endif
  const int part_steps = (steps + parts - 1) / parts;
  const int first = min(part * part_steps, steps), last = min(first + part_steps, steps);
#if X_BLOCK == 16
  int j = first % taps_x, i = first / taps_x % taps_y;
  const int cb = first / taps_x / taps_y;
  // From a tap to the next one of its row; from there to the next row; from there to the next block.
  const int x_next_row = x_row - taps_x * 16, x_next_block = x_plane - taps_y * x_row;
  const int w_next = TRANSPOSED ? -step * 256 : 256;
  const int w_next_row = TRANSPOSED ? step * (taps_x - window_width) * 256 : 0;
  const int w_next_block = TRANSPOSED ? (y_blocks * window + step * taps_y * window_width) * 256 : 0;
  const int r = residue_y + (taps_y - 1 - i) * step, s = residue_x + (taps_x - 1 - j) * step;
  x += cb * x_plane + i * x_row + j * 16;
  w += (TRANSPOSED ? cb * y_blocks * window + r * window_width + s : first) * 256;
  const uint moved = 0;
  const int terms = DEPTH;
#else
  // Bytes from the first float of a window to each float, and its tap's row and column in 16 bits each. Past the
  // window's end a work-item loads the first float again; w is zero there.
  __local uint floats[IMAGE_TERMS], taps[CLIPPED ? IMAGE_TERMS : 1];
  const int row_floats = window_width * X_BLOCK;
  int terms = window * X_BLOCK;
  for (int f = item; f < IMAGE_TERMS; f += ITEMS) {
    floats[f] = f < terms ? 4 * (f / row_floats * x_row + f % row_floats) : 0;
    if (CLIPPED) taps[f] = f < terms ? f / row_floats << 16 | f % row_floats / X_BLOCK : 0;
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  int next = first * 16 + item % 8;
  uint moved = floats[next];
  int i = CLIPPED ? taps[next] >> 16 : 0, j = CLIPPED ? taps[next] & 0xffff : 0;
  w += first * 256;
  terms -= first * 16;
#endif
  if (first < last) {
    load_x(x, x_at, moved, window_row, window_column, i, j, x_rows, x_columns, x_slice);
    load_w(w, w_at, item, terms, w_slice);
    store_x(x_slice, 0, item, x_tile);
    store_w(w_slice, item, w_tile);
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int taken = first; taken < last; taken++) {
#pragma unroll
    for (int h = 0; h < 2; h++) {
#if X_BLOCK == 16
      if (h == 0) {
        x += X_TURN;
        w += TRANSPOSED ? 8 : 128;
      } else if (taken + 1 < last) {
        x += 16 - X_TURN;
        w += w_next - (TRANSPOSED ? 8 : 128);
        if (++j == taps_x) {
          j = 0;
          x += x_next_row;
          w += w_next_row;
          if (++i == taps_y) {
            i = 0;
            x += x_next_block;
            w += w_next_block;
          }
        }
      }
#else
      terms -= 8;
      w += 128;
      next += 8;
      moved = floats[next];
      if (CLIPPED) {
        i = taps[next] >> 16;
        j = taps[next] & 0xffff;
      }
#endif
      // What this loads after the last step is not read.
      if (h == 1 || X_TURN != 0) {
        load_x(x, x_at, moved, window_row, window_column, i, j, x_rows, x_columns, x_slice);
      }
      load_w(w, w_at, item, terms, w_slice);
      multiply(x_read + h * X_TILE, w_read + h * W_TILE, sum);
      store_x(x_slice, 1 - h, item, x_tile + (1 - h) * X_TILE);
      store_w(w_slice, item, w_tile + (1 - h) * W_TILE);
      barrier(CLK_LOCAL_MEM_FENCE);
    }
  }

  const int y_row = (y_width + 2 * y_halo) * 16, y_plane = (y_height + 2 * y_halo) * y_row;
  const int most_pixels = images * ((y_height + step - 1) / step) * ((y_width + step - 1) / step);
#pragma unroll
  for (int p = 0; p < 8; p++) {
    const int pixel = first_pixel + p / 4 * (TILE_PIXELS / 2) + item_row * 4 + p % 4;
    if (pixel < pixels) {
      const int n = pixel / (rows * columns), oy = phase_y + pixel % (rows * columns) / columns * step;
      const int ox = phase_x + pixel % columns * step;
#pragma unroll
      for (int q = 0; q < QUADS; q++) {
        const int k = q * (TILE_OUTPUTS / QUADS) + item_column * 4, kb = first_block + k / 16;
        if (kb < y_blocks) {
          float4 total = sum[p][q];
          size_t to;
          if (parts == 1) {
            if (has_bias) total += *(__global const float4 *)(b + kb * 16 + k % 16);
            to = (n * y_blocks + kb) * y_plane + (oy + y_halo) * y_row + (ox + y_halo) * 16 + k % 16;
          } else {
            to = (((size_t)part * (step * step) + phase) * y_blocks + kb) * most_pixels * 16 + pixel * 16 + k % 16;
          }
          store_quad(total, y + to);
        }
      }
    }
  }
}

// y[n,k,oy,ox] = b[k] + the sum of the parts of conv2d_tiled, in order.  Defines: Y_HALF.
// A work-item owns 4 outputs of one pixel of a phase.
__kernel void conv2d_tiled_sum(
    __global const float *restrict sums,  // [parts][phases][KB][pixels of the largest phase][16]
    __global const float *restrict b,     // [KB][16], read where has_bias
    __global y_float *restrict y,         // [N][KB][y_height + 2 y_halo][y_width + 2 y_halo][16]
    int has_bias, int parts, int images, int y_blocks, int y_height, int y_width, int y_halo, int step) {
  const int pixel = (int)get_global_id(0) / 4, quad = (int)get_global_id(0) % 4;
  const int kb = get_global_id(1), phase = get_global_id(2), phase_y = phase / step, phase_x = phase % step;
  const int rows = (y_height - phase_y + step - 1) / step, columns = (y_width - phase_x + step - 1) / step;
  const int most_pixels = images * ((y_height + step - 1) / step) * ((y_width + step - 1) / step);
  if (pixel >= images * rows * columns) return;
  const size_t plane = (size_t)y_blocks * most_pixels * 16;
  sums += (phase * (size_t)y_blocks + kb) * most_pixels * 16 + pixel * 16 + quad * 4;
  float4 total = *(__global const float4 *)sums;
  for (int p = 1; p < parts; p++) total += *(__global const float4 *)(sums + p * (step * step) * plane);
  if (has_bias) total += *(__global const float4 *)(b + kb * 16 + quad * 4);
  const int n = pixel / (rows * columns), oy = phase_y + pixel % (rows * columns) / columns * step;
  const int ox = phase_x + pixel % columns * step;
  const size_t line = ((size_t)n * y_blocks + kb) * (y_height + 2 * y_halo) + oy + y_halo;
  store_quad(total, y + (line * (y_width + 2 * y_halo) + ox + y_halo) * 16 + quad * 4);
}

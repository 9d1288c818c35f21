// Each output pixel gathers a window of x: y[n,k,oy,ox] = b[k] + sum_c,i,j x[n,c,y0+i,x0+j] w[k,c,i,j].
// Forward: oy = q, y0 = q * gather_step - padding. Transposed: pixels oy = phase + q * scatter_step form a phase, which
// sees only every scatter_step-th tap; w then holds one panel a phase, taps flipped (filter_transpose).
// A work-item owns tiles of TILE_PIXELS pixels x TILE_OUTPUTS blocks of 16 channels of one phase.
// Defines: X_BLOCK, FILTER_BLOCK (channels side by side in x and w).
#ifndef X_BLOCK
#define X_BLOCK 16
#endif
#ifndef FILTER_BLOCK
#define FILTER_BLOCK 16
#endif
#ifndef TILE_PIXELS
#define TILE_PIXELS 12
#endif
#ifndef TILE_OUTPUTS
#define TILE_OUTPUTS 1
#endif
#define CHANNELS (X_BLOCK < FILTER_BLOCK ? X_BLOCK : FILTER_BLOCK)

// Taps of an axis of `window` taps that have the given residue modulo `step`.
static int taps_of(int window, int residue, int step) { return (window - residue + step - 1) / step; }

__kernel void conv2d_gather(
    __global const float* restrict x,  // [N][x_blocks][x_height + 2 x_halo][x_width + 2 x_halo][X_BLOCK]
    __global const float* restrict w,  // [KB][phases][x_blocks][taps y][taps x][FILTER_BLOCK][16]
    __global const float* restrict b,  // [KB][16], read where has_bias
    __global float* restrict y,        // [N][KB][y_height + 2 y_halo][y_width + 2 y_halo][y_block]
    int has_bias, int images, int x_blocks, int x_height, int x_width, int x_halo,
    int y_blocks, int y_block, int y_height, int y_width, int y_halo,
    int window_height, int window_width, int gather_step, int scatter_step, int reach_y, int reach_x,
    int image_order, int tiles_per_item) {
  const int kb = get_global_id(1) * TILE_OUTPUTS;
  const int phase_y = (int)get_global_id(2) / scatter_step, phase_x = (int)get_global_id(2) % scatter_step;

  // The phase's taps, its panel of w, and where a window starts relative to its pixel.
  const int residue_y = (phase_y + reach_y) % scatter_step, residue_x = (phase_x + reach_x) % scatter_step;
  const int taps_y = taps_of(window_height, residue_y, scatter_step);
  const int taps_x = taps_of(window_width, residue_x, scatter_step);
  int before_y = 0, before_x = 0;
  for (int r = 0; r < residue_y; ++r) before_y += taps_of(window_height, r, scatter_step);
  for (int r = 0; r < residue_x; ++r) before_x += taps_of(window_width, r, scatter_step);
  const int panel = before_y * window_width + taps_y * before_x;
  w += (size_t)x_blocks * FILTER_BLOCK * 16 * (kb * window_height * window_width + panel);
  const int origin_y = (phase_y + reach_y) / scatter_step - (taps_y - 1);
  const int origin_x = (phase_x + reach_x) / scatter_step - (taps_x - 1);

  // Tiles run over pixels, image by image; or in image order over the images of one pixel, whose window is clipped.
  const int rows = (y_height - phase_y + scatter_step - 1) / scatter_step;
  const int columns = (y_width - phase_x + scatter_step - 1) / scatter_step;
  const int image_tiles = (images + TILE_PIXELS - 1) / TILE_PIXELS;
  const int pixels = images * rows * columns;
  const int tiles = image_order ? rows * columns * image_tiles : (pixels + TILE_PIXELS - 1) / TILE_PIXELS;
  const int x_row = (x_width + 2 * x_halo) * X_BLOCK, x_plane = (x_height + 2 * x_halo) * x_row;
  const int y_row = (y_width + 2 * y_halo) * y_block, y_plane = (y_height + 2 * y_halo) * y_row;
  const int filter_block = x_blocks * window_height * window_width * FILTER_BLOCK * 16;

  const int first = (int)get_global_id(0) * tiles_per_item;
  const int end = min(first + tiles_per_item, tiles);
  for (int tile = first; tile < end; ++tile) {
    int n, row, column, valid;
    if (image_order) {
      n = tile % image_tiles * TILE_PIXELS;
      row = tile / image_tiles / columns;
      column = tile / image_tiles % columns;
      valid = images - n;
    } else {
      const int pixel = tile * TILE_PIXELS;
      n = pixel / (rows * columns);
      row = pixel % (rows * columns) / columns;
      column = pixel % columns;
      valid = pixels - pixel;
    }
    int i_begin = 0, i_end = taps_y, j_begin = 0, j_end = taps_x;
    if (image_order) {
      i_begin = max(0, -(row * gather_step + origin_y));
      i_end = min(taps_y, x_height - (row * gather_step + origin_y));
      j_begin = max(0, -(column * gather_step + origin_x));
      j_end = min(taps_x, x_width - (column * gather_step + origin_x));
    }

    int x_at[TILE_PIXELS], y_at[TILE_PIXELS];
    float16 sum[TILE_PIXELS * TILE_OUTPUTS];
#pragma unroll
    for (int p = 0; p < TILE_PIXELS; ++p) {
      x_at[p] = n * x_blocks * x_plane + (row * gather_step + origin_y + x_halo) * x_row +
                (column * gather_step + origin_x + x_halo) * X_BLOCK;
      y_at[p] = (n * y_blocks + kb) * y_plane + (phase_y + row * scatter_step + y_halo) * y_row +
                (phase_x + column * scatter_step + y_halo) * y_block;
#pragma unroll
      for (int k = 0; k < TILE_OUTPUTS; ++k) {
        sum[p * TILE_OUTPUTS + k] = has_bias ? vload16(kb + k, b) : (float16)(0.0f);
      }
      if (p + 1 < valid) {
        if (image_order) {
          ++n;
        } else if (++column == columns) {
          column = 0;
          if (++row == rows) { row = 0; ++n; }
        }
      }
    }

    for (int cb = 0; cb < x_blocks; ++cb) {
      for (int i = i_begin; i < i_end; ++i) {
        __global const float* tap = w + ((cb * taps_y + i) * taps_x + j_begin) * FILTER_BLOCK * 16;
        __global const float* at[TILE_PIXELS];
#pragma unroll
        for (int p = 0; p < TILE_PIXELS; ++p) at[p] = x + cb * x_plane + i * x_row + j_begin * X_BLOCK + x_at[p];
        for (int j = j_begin; j < j_end; ++j) {
#pragma unroll
          for (int c = 0; c < CHANNELS; ++c) {
            float16 weights[TILE_OUTPUTS];
#pragma unroll
            for (int k = 0; k < TILE_OUTPUTS; ++k) weights[k] = vload16(c, tap + k * filter_block);
#pragma unroll
            for (int p = 0; p < TILE_PIXELS; ++p) {
              const float16 value = at[p][c];
#pragma unroll
              for (int k = 0; k < TILE_OUTPUTS; ++k) {
                sum[p * TILE_OUTPUTS + k] = fma(value, weights[k], sum[p * TILE_OUTPUTS + k]);
              }
            }
          }
          tap += FILTER_BLOCK * 16;
#pragma unroll
          for (int p = 0; p < TILE_PIXELS; ++p) at[p] += X_BLOCK;
        }
      }
    }

#pragma unroll
    for (int p = 0; p < TILE_PIXELS; ++p) {
      if (p < valid) {
        if (y_block == 16) {
#pragma unroll
          for (int k = 0; k < TILE_OUTPUTS; ++k) vstore16(sum[p * TILE_OUTPUTS + k], 0, y + y_at[p] + k * y_plane);
        } else {
          float lanes[16];
          vstore16(sum[p * TILE_OUTPUTS], 0, lanes);
          for (int k = 0; k < y_block; ++k) y[y_at[p] + k] = lanes[k];
        }
      }
    }
  }
}

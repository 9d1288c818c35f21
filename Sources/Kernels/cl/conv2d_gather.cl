// Each output pixel gathers a window of x: y[n,k,oy,ox] = b[k] + sum_c,i,j x[n,c,y0+i,x0+j] w[k,c,i,j].
// Forward: oy = q, y0 = q * gather_step - padding. Transposed: pixels oy = phase + q * scatter_step form a phase, which
// sees only every scatter_step-th tap; w then has one panel per phase, with flipped taps (filter_transpose).
// A work-item owns tiles_per_item tiles of TILE_PIXELS pixels x TILE_OUTPUTS blocks of 16 channels of one phase.
// Defines: X_BLOCK, FILTER_BLOCK, Y_BLOCK (contiguous channels of x, w, y); TILE_PIXELS, TILE_OUTPUTS;
// ITEM_TILES >= tiles_per_item.
#include "taps.h"

#ifndef X_BLOCK
#define X_BLOCK 16
#endif
#ifndef FILTER_BLOCK
#define FILTER_BLOCK 16
#endif
#ifndef Y_BLOCK
#define Y_BLOCK 16
#endif
#ifndef TILE_PIXELS
#define TILE_PIXELS 8
#endif
#ifndef TILE_OUTPUTS
#define TILE_OUTPUTS 2
#endif
#ifndef ITEM_TILES
#define ITEM_TILES 32
#endif
#define CHANNELS (X_BLOCK < FILTER_BLOCK ? X_BLOCK : FILTER_BLOCK)
// Channels per turn of the innermost loop. With more, compilers move the loads of several channels together and run out
// of registers; with fewer, a turn of a tile with one block of outputs would be too short.
#define TURN (TILE_OUTPUTS == 1 && TILE_PIXELS >= 12 ? 4 : 2)
#define TAP (FILTER_BLOCK * 16)
// Taps whose weights fill half of an L1 cache of 32 KB.
#define TAPS (4096 / (TAP * TILE_OUTPUTS))

static void store_sum(float16 sum, __global float *at) {
#if Y_BLOCK == 16
  *(__global float16 *)at = sum;
#else
  store_lanes(sum, at, Y_BLOCK);
#endif
}

__kernel __attribute__((vec_type_hint(float16))) void conv2d_gather(
    __global const float *restrict x,  // [N][x_blocks][x_height + 2 x_halo][x_width + 2 x_halo][X_BLOCK]
    __global const float *restrict w,  // [KB][phases][x_blocks][taps y][taps x][FILTER_BLOCK][16]
    __global const float *restrict b,  // [KB][16], read where has_bias
    __global float *restrict y,        // [N][KB][y_height + 2 y_halo][y_width + 2 y_halo][Y_BLOCK]
    int has_bias, int images, int x_blocks, int x_height, int x_width, int x_halo, int y_blocks, int y_height,
    int y_width, int y_halo, int window_height, int window_width, int gather_step, int scatter_step, int reach_y,
    int reach_x, int image_order, int tiles_per_item) {
  const int kb = get_global_id(1) * TILE_OUTPUTS;
  const int phase_y = (int)get_global_id(2) / scatter_step, phase_x = (int)get_global_id(2) % scatter_step;

  // The phase's taps, its panel of w, and where a window starts relative to its pixel.
  const int residue_y = (phase_y + reach_y) % scatter_step, residue_x = (phase_x + reach_x) % scatter_step;
  const int taps_y = taps_of(window_height, residue_y, scatter_step);
  const int taps_x = taps_of(window_width, residue_x, scatter_step);
  int before_y = 0, before_x = 0;
  for (int r = 0; r < residue_y; r++) before_y += taps_of(window_height, r, scatter_step);
  for (int r = 0; r < residue_x; r++) before_x += taps_of(window_width, r, scatter_step);
  const int panel = before_y * window_width + taps_y * before_x;
  w += (size_t)x_blocks * TAP * (kb * window_height * window_width + panel);
  const int origin_y = (phase_y + reach_y) / scatter_step - (taps_y - 1);
  const int origin_x = (phase_x + reach_x) / scatter_step - (taps_x - 1);

  const int rows = (y_height - phase_y + scatter_step - 1) / scatter_step;
  const int columns = (y_width - phase_x + scatter_step - 1) / scatter_step;
  const int x_row = (x_width + 2 * x_halo) * X_BLOCK, x_plane = (x_height + 2 * x_halo) * x_row;
  const int y_row = (y_width + 2 * y_halo) * Y_BLOCK, y_plane = (y_height + 2 * y_halo) * y_row;
  const int filter_block = x_blocks * window_height * window_width * TAP;

  // A work-item's pixels are consecutive, image after image; or, in image order, they are the same pixel of several
  // images, whose window is clipped.
  const int most = tiles_per_item * TILE_PIXELS, item = get_global_id(0), places = rows * columns;
  const int shares = (images + most - 1) / most;
  const int pixels = !image_order             ? min(most, images * places - item * most)
                     : item / shares < places ? min(most, images - item % shares * most)
                                              : 0;
  if (pixels <= 0) return;
  const int place = image_order ? item / shares : item * most % places;
  int n = image_order ? item % shares * most : item * most / places;
  int row = place / columns, column = place % columns;
  int i_begin = 0, i_end = taps_y, j_begin = 0, j_end = taps_x;
  if (image_order) {
    i_begin = max(0, -(row * gather_step + origin_y));
    i_end = min(taps_y, x_height - (row * gather_step + origin_y));
    j_begin = max(0, -(column * gather_step + origin_x));
    j_end = min(taps_x, x_width - (column * gather_step + origin_x));
  }

  // Where each pixel's window starts in x, and the pixel in y. A tile with too few pixels repeats its last one.
  const int tiles = (pixels + TILE_PIXELS - 1) / TILE_PIXELS;
  int x_at[ITEM_TILES * TILE_PIXELS], y_at[ITEM_TILES * TILE_PIXELS];
  for (int p = 0; p < tiles * TILE_PIXELS; p++) {
    x_at[p] = n * x_blocks * x_plane + (row * gather_step + origin_y + x_halo) * x_row +
              (column * gather_step + origin_x + x_halo) * X_BLOCK;
    y_at[p] = (n * y_blocks + kb) * y_plane + (phase_y + row * scatter_step + y_halo) * y_row +
              (phase_x + column * scatter_step + y_halo) * Y_BLOCK;
    if (p + 1 < pixels) {
      if (image_order) {
        n++;
      } else if (++column == columns) {
        column = 0;
        if (++row == rows) {
          row = 0;
          n++;
        }
      }
    }
  }

  // All tiles go through the weights of a few taps before the next taps. Their sums wait here, as rows of y that are a
  // multiple of 4 KB apart would evict each other from the cache. On a GPU a work-item has one tile, in registers.
  float16 waiting[ITEM_TILES * TILE_PIXELS * TILE_OUTPUTS];
  const int all_taps = max(0, i_end - i_begin) * max(0, j_end - j_begin) * x_blocks;
  int cb = 0, i = i_begin, j = j_begin;
  for (int first = 0; first == 0 || first < all_taps; first += TAPS) {
    const int taps = min(TAPS, all_taps - first);
    int x_tap[TAPS], w_tap[TAPS];
    for (int t = 0; t < taps; t++) {
      x_tap[t] = cb * x_plane + i * x_row + j * X_BLOCK;
      w_tap[t] = ((cb * taps_y + i) * taps_x + j) * TAP;
      if (++j == j_end) {
        j = j_begin;
        if (++i == i_end) {
          i = i_begin;
          cb++;
        }
      }
    }

    const int is_last = first + TAPS >= all_taps;
    for (int tile = 0; tile < tiles; tile++) {
      float16 *sums_of_tile = waiting + (ITEM_TILES == 1 ? 0 : tile) * TILE_PIXELS * TILE_OUTPUTS;
      const int *y_of = y_at + tile * TILE_PIXELS;
      __global const float *window[TILE_PIXELS];
      float16 sum[TILE_PIXELS * TILE_OUTPUTS];
#pragma unroll
      for (int p = 0; p < TILE_PIXELS; p++) {
        window[p] = x + x_at[tile * TILE_PIXELS + p];
#pragma unroll
        for (int k = 0; k < TILE_OUTPUTS; k++) {
          if (first > 0) {
            sum[p * TILE_OUTPUTS + k] = sums_of_tile[p * TILE_OUTPUTS + k];
          } else {
            sum[p * TILE_OUTPUTS + k] = has_bias ? vload16(kb + k, b) : (float16)(0.0f);
          }
        }
      }
      for (int t = 0; t < taps; t++) {
        __global const float *weights = w + w_tap[t];
        __global const float *values[TILE_PIXELS];
#pragma unroll
        for (int p = 0; p < TILE_PIXELS; p++) values[p] = window[p] + x_tap[t];
#pragma unroll TURN
        for (int c = 0; c < CHANNELS; c++) {
          float16 weight[TILE_OUTPUTS];
#pragma unroll
          for (int k = 0; k < TILE_OUTPUTS; k++) {
            weight[k] = *(__global const float16 *)(weights + k * filter_block + c * 16);
          }
#pragma unroll
          for (int p = 0; p < TILE_PIXELS; p++) {
#pragma unroll
            for (int k = 0; k < TILE_OUTPUTS; k++) {
              sum[p * TILE_OUTPUTS + k] = fma((float16)(values[p][c]), weight[k], sum[p * TILE_OUTPUTS + k]);
            }
          }
        }
      }
#pragma unroll
      for (int p = 0; p < TILE_PIXELS; p++) {
#pragma unroll
        for (int k = 0; k < TILE_OUTPUTS; k++) {
          const int s = p * TILE_OUTPUTS + k;
          if (is_last) {
            store_sum(sum[s], y + y_of[p] + k * y_plane);
          } else {
            sums_of_tile[s] = sum[s];
          }
        }
      }
    }
  }
}

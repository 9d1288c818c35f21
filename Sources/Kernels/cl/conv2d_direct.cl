// conv2d_gather for GPUs, if y has so few channels, as an image has, that conv2d_tiled would compute mostly padding.
// Bound by the memory accesses to x. Taps outside x and its halo are skipped.
// A work-group of GROUP work-items holds up to MOST_TAPS taps of w of one block of x at a time in local memory; a
// work-item owns OUTPUTS channels of one pixel of a phase.
// Defines: X_BLOCK, FILTER_BLOCK, Y_BLOCK (contiguous channels of x, w, y); TRANSPOSED, X_HALF, Y_HALF as conv2d_tiled.
#include "taps.h"

#ifndef X_BLOCK
#define X_BLOCK 16
#endif
#ifndef FILTER_BLOCK
#define FILTER_BLOCK 16
#endif
#ifndef Y_BLOCK
#define Y_BLOCK 1
#endif
#ifndef TRANSPOSED
#define TRANSPOSED 0
#endif
#if X_HALF
typedef half x_float;
#define LOAD_QUAD(p) load_halves(p)
#else
typedef float x_float;
#define LOAD_QUAD(p) (*(__global const float4 *)(p))
#endif
#if Y_HALF
typedef half y_float;
#define STORE(v, p) vstore_half_rte(v, 0, p)
#else
typedef float y_float;
#define STORE(v, p) (*(p) = (v))
#endif
#define OUTPUTS (Y_BLOCK < 4 ? Y_BLOCK : 4)
#define MOST_TAPS 64

__kernel void conv2d_direct(
    __global const x_float *restrict x,  // [N][x_blocks][x_height + 2 x_halo][x_width + 2 x_halo][X_BLOCK]
    __global const float *restrict w,    // [KB][x_blocks][R][S][FILTER_BLOCK][16]; transposed [x_blocks][KB][R][S]...
    __global const float *restrict b,    // [KB][16], read where has_bias
    __global y_float *restrict y,        // [N][KB][y_height + 2 y_halo][y_width + 2 y_halo][Y_BLOCK]
    int has_bias, int images, int x_blocks, int x_height, int x_width, int x_halo, int y_blocks, int y_height,
    int y_width, int y_halo, int window_height, int window_width, int stride, int padding) {
  __local float panel[MOST_TAPS * OUTPUTS * X_BLOCK] __attribute__((aligned(16)));
  const int step = TRANSPOSED ? stride : 1, gather_step = TRANSPOSED ? 1 : stride;
  const int phase_y = (int)get_global_id(1) / step, phase_x = (int)get_global_id(1) % step;
  const int kb = (int)get_global_id(2) * OUTPUTS / Y_BLOCK, first_output = (int)get_global_id(2) * OUTPUTS % Y_BLOCK;

  // The phase's taps and pixels, and where a window starts relative to its pixel; see conv2d_gather.
  const int residue_y = TRANSPOSED ? (phase_y + padding) % step : 0;
  const int residue_x = TRANSPOSED ? (phase_x + padding) % step : 0;
  const int taps_y = taps_of(window_height, residue_y, step), taps_x = taps_of(window_width, residue_x, step);
  const int origin_y = TRANSPOSED ? (phase_y + padding) / step - (taps_y - 1) : -padding;
  const int origin_x = TRANSPOSED ? (phase_x + padding) / step - (taps_x - 1) : -padding;
  const int rows = (y_height - phase_y + step - 1) / step, columns = (y_width - phase_x + step - 1) / step;
  const int pixels = images * rows * columns, pixel = min((int)get_global_id(0), pixels - 1);
  const int n = pixel / (rows * columns), q = pixel % (rows * columns) / columns, p = pixel % columns;
  const int first_row = q * gather_step + origin_y, first_column = p * gather_step + origin_x;
  const int x_row = (x_width + 2 * x_halo) * X_BLOCK, x_plane = (x_height + 2 * x_halo) * x_row;
  const int line = (n * y_blocks + kb) * (y_height + 2 * y_halo) + phase_y + q * step + y_halo;
  y += (line * (y_width + 2 * y_halo) + phase_x + p * step + y_halo) * Y_BLOCK + first_output;
  // The taps that are inside x or its halo.
  const int i_begin = max(0, -x_halo - first_row), i_end = min(taps_y, x_height + x_halo - first_row);
  const int j_begin = max(0, -x_halo - first_column), j_end = min(taps_x, x_width + x_halo - first_column);
  x += n * x_blocks * x_plane + (first_row + x_halo) * x_row + (first_column + x_halo) * X_BLOCK;

  float4 sum[OUTPUTS];
#pragma unroll
  for (int k = 0; k < OUTPUTS; k++) sum[k] = 0.0f;
  const int panel_rows = MOST_TAPS / max(taps_x, 1);
  for (int cb = 0; cb < x_blocks; cb++) {
    for (int first_tap = 0; first_tap < taps_y; first_tap += panel_rows) {
      const int end_tap = min(first_tap + panel_rows, taps_y);
      // [rows of taps][taps x][OUTPUTS][X_BLOCK]
      barrier(CLK_LOCAL_MEM_FENCE);
      for (int t = get_local_id(0); t < (end_tap - first_tap) * taps_x * OUTPUTS * X_BLOCK; t += GROUP) {
        const int c = t % X_BLOCK, k = first_output + t / X_BLOCK % OUTPUTS, tap = t / (X_BLOCK * OUTPUTS);
        const int i = first_tap + tap / taps_x, j = tap % taps_x;
        const int r = TRANSPOSED ? residue_y + (taps_y - 1 - i) * step : i;
        const int s = TRANSPOSED ? residue_x + (taps_x - 1 - j) * step : j;
        const int pair = TRANSPOSED ? cb * y_blocks + kb : kb * x_blocks + cb;
        const int row = TRANSPOSED ? k : c, lane = TRANSPOSED ? c : k;
        const int from = ((pair * window_height + r) * window_width + s) * FILTER_BLOCK * 16;
        panel[t] = row < FILTER_BLOCK ? w[from + row * 16 + lane] : 0.0f;
      }
      barrier(CLK_LOCAL_MEM_FENCE);
      for (int i = max(i_begin, first_tap); i < min(i_end, end_tap); i++) {
        for (int j = j_begin; j < j_end; j++) {
          __global const x_float *at = x + cb * x_plane + i * x_row + j * X_BLOCK;
          __local const float *weights = panel + ((i - first_tap) * taps_x + j) * OUTPUTS * X_BLOCK;
#if X_BLOCK == 16
#pragma unroll
          for (int quad = 0; quad < 4; quad++) {
            const float4 v = LOAD_QUAD(at + 4 * quad);
#pragma unroll
            for (int k = 0; k < OUTPUTS; k++) {
              sum[k] = fma(v, *(__local const float4 *)(weights + k * 16 + 4 * quad), sum[k]);
            }
          }
#else
#pragma unroll
          for (int c = 0; c < X_BLOCK; c++) {
#pragma unroll
            for (int k = 0; k < OUTPUTS; k++) sum[k].x = fma(at[c], weights[k * X_BLOCK + c], sum[k].x);
          }
#endif
        }
      }
    }
  }

  if ((int)get_global_id(0) >= pixels) return;
#pragma unroll
  for (int k = 0; k < OUTPUTS; k++) {
    const float2 half_sum = sum[k].lo + sum[k].hi;
    const float total = half_sum.x + half_sum.y + (has_bias ? b[kb * 16 + first_output + k] : 0.0f);
    STORE(total, y + k);
  }
}

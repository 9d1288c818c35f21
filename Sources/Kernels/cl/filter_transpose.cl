// A filter with its input and output channels swapped and its taps flipped, as conv2d_gather reads it to sum over k:
// panels[cb][phase][kb][i][j][k][c] = w[kb][cb][r][s][c][k], r = phase_y + (taps_y - 1 - i) * step, and likewise for s.
// There is one phase for each residue of (r, s) modulo `step`.
// A work-item owns all taps of one block of k and blocks_per_item blocks of 16 c.
// Defines: FILTER_BLOCK (contiguous channels c of w), PANEL_BLOCK (contiguous channels k of the panels).
#include "taps.h"

#ifndef FILTER_BLOCK
#define FILTER_BLOCK 16
#endif
#ifndef PANEL_BLOCK
#define PANEL_BLOCK 16
#endif

// panel[k][c] = tap[c][k]: in squares of 4 x 4 if both sides have 16.
static void transpose_tap(__global const float *restrict tap, __global float *restrict panel) {
#if FILTER_BLOCK == 16 && PANEL_BLOCK == 16
  for (int k = 0; k < 16; k += 4) {
    for (int c = 0; c < 16; c += 4) {
      const float4 c0 = vload4(0, tap + c * 16 + k), c1 = vload4(0, tap + (c + 1) * 16 + k);
      const float4 c2 = vload4(0, tap + (c + 2) * 16 + k), c3 = vload4(0, tap + (c + 3) * 16 + k);
      vstore4((float4)(c0.x, c1.x, c2.x, c3.x), 0, panel + k * 16 + c);
      vstore4((float4)(c0.y, c1.y, c2.y, c3.y), 0, panel + (k + 1) * 16 + c);
      vstore4((float4)(c0.z, c1.z, c2.z, c3.z), 0, panel + (k + 2) * 16 + c);
      vstore4((float4)(c0.w, c1.w, c2.w, c3.w), 0, panel + (k + 3) * 16 + c);
    }
  }
#else
  for (int k = 0; k < PANEL_BLOCK; k++) {
    for (int c = 0; c < 16; c++) panel[k * 16 + c] = c < FILTER_BLOCK ? tap[c * 16 + k] : 0.0f;
  }
#endif
}

__kernel __attribute__((vec_type_hint(float16))) void filter_transpose(
    __global const float *restrict w,  // [panel_blocks][channel_blocks][R][S][FILTER_BLOCK][16]
    __global float *restrict panels,   // [channel_blocks][phases][panel_blocks][taps y][taps x][PANEL_BLOCK][16]
    int panel_blocks, int channel_blocks, int window_height, int window_width, int step, int blocks_per_item) {
  const int kb = get_global_id(0), first = (int)get_global_id(1) * blocks_per_item;
  const int window = window_height * window_width;
  for (int cb = first; cb < min(first + blocks_per_item, channel_blocks); cb++) {
    __global const float *taps = w + (size_t)(kb * channel_blocks + cb) * window * FILTER_BLOCK * 16;
    __global float *phase = panels + (size_t)panel_blocks * cb * window * PANEL_BLOCK * 16;
    for (int residue_y = 0; residue_y < min(step, window_height); residue_y++) {
      for (int residue_x = 0; residue_x < min(step, window_width); residue_x++) {
        const int taps_y = taps_of(window_height, residue_y, step), taps_x = taps_of(window_width, residue_x, step);
        for (int i = 0; i < taps_y; i++) {
          for (int j = 0; j < taps_x; j++) {
            const int r = residue_y + (taps_y - 1 - i) * step, s = residue_x + (taps_x - 1 - j) * step;
            transpose_tap(
                taps + (r * window_width + s) * FILTER_BLOCK * 16,
                phase + ((kb * taps_y + i) * taps_x + j) * PANEL_BLOCK * 16);
          }
        }
        phase += (size_t)panel_blocks * taps_y * taps_x * PANEL_BLOCK * 16;
      }
    }
  }
}

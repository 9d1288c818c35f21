// Swaps the roles of a filter's channels, so that a sum over its outputs k reads them as conv2d_gather reads inputs:
// panels[cb][phase][kb][i][j][k][c] = w[kb][cb][r][s][c][k], r = phase_y + (taps_y - 1 - i) * step, s alike.
// One phase for each residue of (r, s) modulo the step of the scatter; taps are flipped.
// A work-item owns one tap of one block of k and one of 16 c.
// Defines: FILTER_BLOCK (channels c side by side in w), PANEL_BLOCK (channels k side by side in the panels).
#ifndef FILTER_BLOCK
#define FILTER_BLOCK 16
#endif
#ifndef PANEL_BLOCK
#define PANEL_BLOCK 16
#endif

static int taps_of(int window, int residue, int step) { return (window - residue + step - 1) / step; }

__kernel void filter_transpose(
    __global const float* restrict w,  // [panel_blocks][channel_blocks][R][S][FILTER_BLOCK][16]
    __global float* restrict panels,   // [channel_blocks][phases][panel_blocks][taps y][taps x][PANEL_BLOCK][16]
    int panel_blocks, int channel_blocks, int window_height, int window_width, int step) {
  const int r = (int)get_global_id(0) / window_width, s = (int)get_global_id(0) % window_width;
  const int kb = get_global_id(1), cb = get_global_id(2);

  const int residue_y = r % step, residue_x = s % step;
  const int taps_y = taps_of(window_height, residue_y, step), taps_x = taps_of(window_width, residue_x, step);
  int before_y = 0, before_x = 0;
  for (int q = 0; q < residue_y; ++q) before_y += taps_of(window_height, q, step);
  for (int q = 0; q < residue_x; ++q) before_x += taps_of(window_width, q, step);
  const int window = window_height * window_width;
  const int panel = before_y * window_width + taps_y * before_x;
  const int i = taps_y - 1 - r / step, j = taps_x - 1 - s / step;

  w += ((size_t)(kb * channel_blocks + cb) * window + r * window_width + s) * FILTER_BLOCK * 16;
  panels += ((size_t)panel_blocks * (cb * window + panel) + (kb * taps_y + i) * taps_x + j) * PANEL_BLOCK * 16;
  for (int k = 0; k < PANEL_BLOCK; ++k) {
    for (int c = 0; c < 16; ++c) panels[k * 16 + c] = c < FILTER_BLOCK ? w[c * 16 + k] : 0.0f;
  }
}

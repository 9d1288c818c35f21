// Gradients of weights by Winograd's algorithm (winograd.h), for CPUs.
// Defines: TAPS; TILE_TERMS x TILE_OUTPUTS, channels of x x blocks of 16 outputs whose sums are in registers.
#include "winograd.h"

#ifndef TILE_TERMS
#define TILE_TERMS 4
#endif
// Floats from a patch to the next one: lines of 64 bytes, five apart, use all sets of an L1 cache in turn.
#define TERMS_ROW (TERMS + 16)

// z = A g A' of 2 x 2 gradients g, of which the map has `rows` x `columns`; the others are zero.
static void transform_gradient(
    __global const float *g, int row, int column, int rows, int columns, __global float *z, int z_plane) {
  const float16 g00 = load(g), g01 = columns > 1 ? load(g + column) : (float16)(0.0f);
  float16 g10 = 0.0f, g11 = 0.0f;
  if (rows > 1) {
    g10 = load(g + row);
    if (columns > 1) g11 = load(g + row + column);
  }
  float16 left[PATCH], right[PATCH];
  transform_gradients(g00, g10, left);
  transform_gradients(g01, g11, right);
#pragma unroll
  for (int i = 0; i < PATCH; i++) {
    float16 turned[PATCH];
    transform_gradients(left[i], right[i], turned);
#pragma unroll
    for (int j = 0; j < PATCH; j++) store(turned[j], z + (PATCH * i + j) * z_plane);
  }
}

// sums[term][block] = or += sum over patches of v[patch][term] * z[patch][block], for TILE_TERMS terms.
static void multiply_gradient(
    __global const float *v, __global const float *z, __global float *sums, int patches, int is_first) {
  float16 sum[TILE_TERMS * TILE_OUTPUTS];
#pragma unroll
  for (int s = 0; s < TILE_TERMS * TILE_OUTPUTS; s++) sum[s] = is_first ? (float16)(0.0f) : load(sums + s * 16);
#pragma unroll 4
  for (int p = 0; p < patches; p++) {
    float16 gradient[TILE_OUTPUTS];
#pragma unroll
    for (int k = 0; k < TILE_OUTPUTS; k++) gradient[k] = load(z + (p * TILE_OUTPUTS + k) * 16);
#pragma unroll
    for (int c = 0; c < TILE_TERMS; c++) {
#pragma unroll
      for (int k = 0; k < TILE_OUTPUTS; k++) {
        sum[c * TILE_OUTPUTS + k] = fma((float16)(v[p * TERMS_ROW + c]), gradient[k], sum[c * TILE_OUTPUTS + k]);
      }
    }
  }
#pragma unroll
  for (int s = 0; s < TILE_TERMS * TILE_OUTPUTS; s++) store(sum[s], sums + s * 16);
}

// grad_w = G' u G of TAPS x TAPS taps.
static void transform_sums(__global const float *u, int u_plane, __global float *grad_w, int row, int column) {
  float16 t[TAPS][PATCH];
#pragma unroll
  for (int j = 0; j < PATCH; j++) {
    float16 sums[PATCH], taps[TAPS];
#pragma unroll
    for (int i = 0; i < PATCH; i++) sums[i] = load(u + (PATCH * i + j) * u_plane);
    transform_gradient_sums(sums, taps);
#pragma unroll
    for (int i = 0; i < TAPS; i++) t[i][j] = taps[i];
  }
#pragma unroll
  for (int i = 0; i < TAPS; i++) {
    float16 taps[TAPS];
    transform_gradient_sums(t[i], taps);
#pragma unroll
    for (int j = 0; j < TAPS; j++) store(taps[j], grad_w + i * row + j * column);
  }
}

// grad_w = G' (sum over patches of (B' d B) * (A g A')) G of PATCH x PATCH pixels d of a phase of x and 2 x 2
// gradients g. A work-item owns units_per_item units: SOURCES sources x chunk_blocks blocks of outputs, for the patches
// of one part, pass_patches at a time. sum_partials adds the parts.
__kernel __attribute__((vec_type_hint(float16))) void conv2d_winograd_backward_weight(
    __global const float *restrict x,       // [N][x_blocks][x_height + 2][x_width + 2][16]
    __global const float *restrict grad_y,  // [N][KB][y_height + 2 y_halo][y_width + 2 y_halo][16]
    __global float *restrict grad_w,        // [parts][KB][x_blocks][R][S][16][16]
    __global float *restrict scratch,       // [items][PLANES v_plane + PLANES z_plane + PLANES u_plane]
    int images, int x_blocks, int x_height, int x_width, int y_blocks, int y_height, int y_width, int y_halo,
    int pass_patches, int chunk_blocks, int patches_per_part, int units, int units_per_item) {
  const int x_row = (x_width + 2) * 16, x_plane = (x_height + 2) * x_row;
  const int y_row = (y_width + 2 * y_halo) * 16, y_plane = (y_height + 2 * y_halo) * y_row;
  const int patch_rows = (y_height + 1) / 2, patch_columns = (y_width + 1) / 2;
  const int groups = (y_blocks + chunk_blocks - 1) / chunk_blocks;

  const int sources = x_blocks * STEP * STEP, source_groups = (sources + SOURCES - 1) / SOURCES;

  // B' d B of a pass, [PLANES][patches][TERMS_ROW]; A g A' of it,
  // [PLANES][blocks / TILE_OUTPUTS][patches][TILE_OUTPUTS][16]; and the sums,
  // [PLANES][blocks / TILE_OUTPUTS][TERMS][TILE_OUTPUTS][16].
  const int v_plane = pass_patches * TERMS_ROW + 16, z_plane = pass_patches * chunk_blocks * 16 + 16;
  const int u_plane = TERMS * chunk_blocks * 16 + 16;
  __global float *v = scratch + (size_t)get_global_id(0) * PLANES * (v_plane + z_plane + u_plane);
  __global float *z = v + PLANES * v_plane;
  __global float *u = z + PLANES * z_plane;

  const int first_unit = (int)get_global_id(0) * units_per_item;
  for (int unit = first_unit; unit < min(first_unit + units_per_item, units); unit++) {
    const int first_source = unit % source_groups * SOURCES, count = min(SOURCES, sources - first_source);
    const int part = unit / (source_groups * groups);
    const int first_block = unit / source_groups % groups * chunk_blocks;
    const int blocks = min(chunk_blocks, y_blocks - first_block);
    const int first_patch = part * patches_per_part;
    const int end_patch = min(first_patch + patches_per_part, images * patch_rows * patch_columns);
    for (int pass = first_patch; pass < end_patch; pass += pass_patches) {
      const int patches = min(pass_patches, end_patch - pass);
      for (int p = 0; p < patches; p++) {
        const int patch = pass + p, n = patch / (patch_rows * patch_columns);
        const int row = patch / patch_columns % patch_rows * 2, column = patch % patch_columns * 2;
        for (int s = 0; s < count; s++) {
          const int cb = (first_source + s) / (STEP * STEP), phase = (first_source + s) % (STEP * STEP);
          const int iy = row * STEP + phase / 2 - 1, ix = column * STEP + phase % 2 - 1;
          transform_input(
              x + (n * x_blocks + cb) * x_plane + (iy + 1) * x_row + (ix + 1) * 16, STEP * x_row,
              min(TAPS * STEP, x_height - iy) * x_row, STEP * 16, min(TAPS * STEP, x_width - ix) * 16,
              v + p * TERMS_ROW + s * 16, v_plane);
        }
        for (int k = 0; k < blocks; k++) {
          transform_gradient(
              grad_y + (n * y_blocks + first_block + k) * y_plane + (row + y_halo) * y_row + (column + y_halo) * 16,
              y_row, 16, y_height - row, y_width - column,
              z + ((k - k % TILE_OUTPUTS) * pass_patches + p * TILE_OUTPUTS + k % TILE_OUTPUTS) * 16, z_plane);
        }
      }
      for (int e = 0; e < PLANES; e++) {
        for (int k = 0; k < blocks; k += TILE_OUTPUTS) {
          for (int c = 0; c < count * 16; c += TILE_TERMS) {
            multiply_gradient(
                v + e * v_plane + c, z + e * z_plane + k * pass_patches * 16,
                u + e * u_plane + (k * TERMS + c * TILE_OUTPUTS) * 16, patches, pass == first_patch);
          }
        }
      }
    }

    const int window = TAPS * TAPS * STEP * STEP * 256;
    for (int k = 0; k < blocks; k++) {
      __global float *filters = grad_w + ((size_t)part * y_blocks + first_block + k) * x_blocks * window;
      for (int c = 0; c < count * 16; c++) {
        const int source = first_source + c / 16, cb = source / (STEP * STEP), phase = source % (STEP * STEP);
        transform_sums(
            u + ((k - k % TILE_OUTPUTS) * TERMS + c * TILE_OUTPUTS + k % TILE_OUTPUTS) * 16, u_plane,
            filters + cb * window + (phase / 2 * 4 + phase % 2) * 256 + c % 16 * 16, TAPS * STEP * STEP * 256,
            STEP * 256);
      }
    }
  }
}

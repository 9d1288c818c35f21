// Convolutions and transposed convolutions by Winograd's algorithm (winograd.h), for CPUs.
// Defines: TAPS; TILE_PATCHES x TILE_OUTPUTS, patches x blocks of 16 outputs whose sums are in registers.
#include "winograd.h"

#ifndef TILE_PATCHES
#define TILE_PATCHES 6
#endif
#define TILE_SUMS (TILE_PATCHES * TILE_OUTPUTS)

// u = G g G' of TAPS x TAPS taps g. From one row or column to the next are `row` or `column` floats.
static void transform_filter(__global const float *g, int row, int column, __global float *u, int u_plane) {
  float16 t[PATCH][TAPS];
#pragma unroll
  for (int j = 0; j < TAPS; j++) {
    float16 taps[TAPS], turned[PATCH];
#pragma unroll
    for (int i = 0; i < TAPS; i++) taps[i] = load(g + i * row + j * column);
    transform_taps(taps, turned);
#pragma unroll
    for (int i = 0; i < PATCH; i++) t[i][j] = turned[i];
  }
#pragma unroll
  for (int i = 0; i < PATCH; i++) {
    float16 turned[PATCH];
    transform_taps(t[i], turned);
#pragma unroll
    for (int j = 0; j < PATCH; j++) store(turned[j], u + (PATCH * i + j) * u_plane);
  }
}

// The filter as conv2d_winograd reads it: panels = the planes of G g G', for every source and every phase of y.
// A work-item owns one source of one phase of y, for TILE_OUTPUTS blocks of outputs.
__kernel __attribute__((vec_type_hint(float16))) void conv2d_winograd_filter(
    __global const float *restrict w,  // [KB][x_blocks][R][S][16][16], or panels [KB][4][x_blocks][2][2][16][16]
    __global float *restrict panels,   // [phases of y][KB / TILE_OUTPUTS][PLANES][sources][16][TILE_OUTPUTS][16]
    int x_blocks, int transposed) {
  const int gather_step = transposed ? 1 : STEP, phases = gather_step * gather_step, sources = x_blocks * phases;
  const int window = TAPS * TAPS * STEP * STEP * 256, column = gather_step * 256, row = TAPS * gather_step * column;
  const int group = get_global_id(0), source = (int)get_global_id(1) % sources, phase = (int)get_global_id(1) / sources;
  const int cb = source / phases, x_phase = source % phases;
  const int plane = sources * 16 * TILE_OUTPUTS * 16;
  // Panels of a transposed filter are in order of the first tap that the phase sees: 1 for phase 0, 0 for phase 1.
  const size_t tap = transposed ? (size_t)((3 - phase) * x_blocks + cb) * TAPS * TAPS * 256
                                : (size_t)cb * window + (x_phase / 2 * 4 + x_phase % 2) * 256;
  __global const float *taps = w + (size_t)group * TILE_OUTPUTS * x_blocks * window + tap;
  __global float *u =
      panels + (size_t)(phase * get_global_size(0) + group) * PLANES * plane + source * 16 * TILE_OUTPUTS * 16;
  for (int c = 0; c < 16; c++) {
    for (int o = 0; o < TILE_OUTPUTS; o++) {
      transform_filter(
          taps + (size_t)o * x_blocks * window + c * 16, row, column, u + (c * TILE_OUTPUTS + o) * 16, plane);
    }
  }
}

// sums[patch][block] = or += sum over terms of v[patch][term] * panel[term][block], for TILE_PATCHES patches.
static void multiply(
    __global const float *v, __global const float *panel, __global float *sums, int terms, int is_first) {
  float16 sum[TILE_SUMS];
#pragma unroll
  for (int s = 0; s < TILE_SUMS; s++) sum[s] = is_first ? (float16)(0.0f) : load(sums + s * 16);
#pragma unroll 4
  for (int c = 0; c < terms; c++) {
    float16 weight[TILE_OUTPUTS];
#pragma unroll
    for (int k = 0; k < TILE_OUTPUTS; k++) weight[k] = load(panel + (c * TILE_OUTPUTS + k) * 16);
#pragma unroll
    for (int p = 0; p < TILE_PATCHES; p++) {
#pragma unroll
      for (int k = 0; k < TILE_OUTPUTS; k++) {
        sum[p * TILE_OUTPUTS + k] = fma((float16)(v[p * TERMS + c]), weight[k], sum[p * TILE_OUTPUTS + k]);
      }
    }
  }
#pragma unroll
  for (int s = 0; s < TILE_SUMS; s++) store(sum[s], sums + s * 16);
}

// y = A' m A + bias of 2 x 2 pixels, of which the map has `rows` x `columns`.
static void transform_output(
    __global const float *m, int m_plane, float16 bias, __global float *y, int row, int column, int rows, int columns) {
  float16 t[2][PATCH];
#pragma unroll
  for (int j = 0; j < PATCH; j++) {
    float16 products[PATCH], sums[2];
#pragma unroll
    for (int i = 0; i < PATCH; i++) products[i] = load(m + (PATCH * i + j) * m_plane);
    transform_products(products, sums);
    t[0][j] = sums[0];
    t[1][j] = sums[1];
  }
#pragma unroll
  for (int i = 0; i < 2; i++) {
    float16 sums[2];
    transform_products(t[i], sums);
    if (i < rows) {
      store(sums[0] + bias, y + i * row);
      if (columns > 1) store(sums[1] + bias, y + i * row + column);
    }
  }
}

// y = A' (sum over sources of (G g G') * (B' d B)) A + b.
// A work-item owns units_per_item units: chunk_patches patches x chunk_blocks blocks of 16 outputs of one phase of y.
__kernel __attribute__((vec_type_hint(float16))) void conv2d_winograd(
    __global const float *restrict x,       // [N][x_blocks][x_height + 2][x_width + 2][16]
    __global const float *restrict panels,  // as conv2d_winograd_filter made them
    __global const float *restrict b,       // [KB][16], read where has_bias
    __global float *restrict y,             // [N][KB][y_height + 2 y_halo][y_width + 2 y_halo][16]
    __global float *restrict scratch,       // [items][PLANES v_plane + PLANES m_plane]
    int has_bias, int images, int x_blocks, int x_height, int x_width, int y_blocks, int y_height, int y_width,
    int y_halo, int transposed, int chunk_patches, int chunk_blocks, int units, int units_per_item) {
  const int gather_step = transposed ? 1 : STEP, scatter_step = transposed ? STEP : 1;
  const int x_row = (x_width + 2) * 16, x_plane = (x_height + 2) * x_row;
  const int y_row = (y_width + 2 * y_halo) * 16, y_plane = (y_height + 2 * y_halo) * y_row;
  const int phases = gather_step * gather_step, sources = x_blocks * phases;
  const int panel_plane = sources * 16 * TILE_OUTPUTS * 16;
  const int groups = (y_blocks + chunk_blocks - 1) / chunk_blocks;
  const int chunks = units / (groups * scatter_step * scatter_step);

  // B' d B of a chunk, [PLANES][patches][TERMS], and its sums,
  // [PLANES][blocks / TILE_OUTPUTS][patches][TILE_OUTPUTS][16]. An extra vector keeps the planes in different sets of
  // the caches.
  const int v_plane = chunk_patches * TERMS + 16, m_plane = chunk_patches * chunk_blocks * 16 + 16;
  __global float *v = scratch + (size_t)get_global_id(0) * PLANES * (v_plane + m_plane);
  __global float *m = v + PLANES * v_plane;

  const int first_unit = (int)get_global_id(0) * units_per_item;
  for (int unit = first_unit; unit < min(first_unit + units_per_item, units); unit++) {
    const int phase = unit / (chunks * groups), phase_y = phase / scatter_step, phase_x = phase % scatter_step;
    const int first_block = unit / chunks % groups * chunk_blocks, blocks = min(chunk_blocks, y_blocks - first_block);
    const int rows = (y_height - phase_y + scatter_step - 1) / scatter_step, patch_rows = (rows + 1) / 2;
    const int columns = (y_width - phase_x + scatter_step - 1) / scatter_step, patch_columns = (columns + 1) / 2;
    const int first_patch = unit % chunks * chunk_patches;
    const int patches = min(chunk_patches, images * patch_rows * patch_columns - first_patch);
    if (patches <= 0) continue;
    __global const float *filter =
        panels + (size_t)(phase * y_blocks + first_block) / TILE_OUTPUTS * PLANES * panel_plane;

    for (int first = 0; first < sources; first += SOURCES) {
      const int count = min(SOURCES, sources - first);
      // If the last tile has too few patches, the last one is repeated.
      for (int p = 0; p < (patches + TILE_PATCHES - 1) / TILE_PATCHES * TILE_PATCHES; p++) {
        const int patch = first_patch + min(p, patches - 1), n = patch / (patch_rows * patch_columns);
        const int row = patch / patch_columns % patch_rows * 2, column = patch % patch_columns * 2;
        for (int s = 0; s < count; s++) {
          const int cb = (first + s) / phases, x_phase = transposed ? phase : (first + s) % phases;
          const int iy = row * gather_step + x_phase / 2 - 1, ix = column * gather_step + x_phase % 2 - 1;
          // Pixels of a patch at the edge of the map may be past the halo: no output of the map depends on them.
          const int last_row = min(TAPS * gather_step, x_height - iy);
          const int last_column = min(TAPS * gather_step, x_width - ix);
          transform_input(
              x + (n * x_blocks + cb) * x_plane + (iy + 1) * x_row + (ix + 1) * 16, gather_step * x_row,
              last_row * x_row, gather_step * 16, last_column * 16, v + p * TERMS + s * 16, v_plane);
        }
      }
      for (int k = 0; k < blocks; k += TILE_OUTPUTS) {
        for (int e = 0; e < PLANES; e++) {
          __global const float *panel =
              filter + ((size_t)(k / TILE_OUTPUTS * PLANES + e) * sources + first) * 16 * TILE_OUTPUTS * 16;
          for (int p = 0; p < patches; p += TILE_PATCHES) {
            multiply(
                v + e * v_plane + p * TERMS, panel, m + e * m_plane + (k * chunk_patches + p * TILE_OUTPUTS) * 16,
                count * 16, first == 0);
          }
        }
      }
    }

    for (int k = 0; k < blocks; k++) {
      const int kb = first_block + k;
      const float16 bias = has_bias ? vload16(kb, b) : (float16)(0.0f);
      for (int p = 0; p < patches; p++) {
        const int patch = first_patch + p, n = patch / (patch_rows * patch_columns);
        const int row = patch / patch_columns % patch_rows * 2, column = patch % patch_columns * 2;
        transform_output(
            m + ((k - k % TILE_OUTPUTS) * chunk_patches + p * TILE_OUTPUTS + k % TILE_OUTPUTS) * 16, m_plane, bias,
            y + (n * y_blocks + kb) * y_plane + (phase_y + row * scatter_step + y_halo) * y_row +
                (phase_x + column * scatter_step + y_halo) * 16,
            scatter_step * y_row, scatter_step * 16, rows - row, columns - column);
      }
    }
  }
}

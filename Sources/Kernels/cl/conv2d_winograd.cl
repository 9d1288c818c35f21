// Convolutions of 4 x 4 windows, stride 2, padding 1, or their transposes, by Winograd's algorithm F(2 x 2, 2 x 2):
// a patch of 2 x 2 outputs is A' (sum over channels of (G g G') * (B' d B)) A, 9 products for 16 (Lavin & Gray 2016).
// The window is four of 2 x 2 taps with stride 1: forward, on the four phases of x, which are summed like channels;
// transposed, one for each phase of y, with w flipped (filter_transpose). A source is 16 channels of one phase of x.
// A work-item owns units_per_item units: chunk_patches patches x chunk_blocks blocks of 16 outputs of one phase of y.
// Defines: TILE_PATCHES and, of the gradient of w, TILE_TERMS x TILE_OUTPUTS, the sums that are held in registers.
#ifndef TILE_PATCHES
#define TILE_PATCHES 6
#endif
#ifndef TILE_OUTPUTS
#define TILE_OUTPUTS 4
#endif
#ifndef TILE_TERMS
#define TILE_TERMS 4
#endif
// Sources whose products are summed at a time: the four phases of a block. Their weights for four blocks of outputs
// fill half of a first-level cache of 32 KB.
#define SOURCES 4
#define TERMS (SOURCES * 16)
// Floats from a patch to the next where each is read by itself: lines of 64 bytes, five apart, take turns in all sets of
// a first-level cache.
#define TERMS_ROW (TERMS + 16)
#define TILE_SUMS (TILE_PATCHES * TILE_OUTPUTS)

static float16 load(__global const float* at) { return *(__global const float16*)at; }
static void store(float16 v, __global float* at) { *(__global float16*)at = v; }

// v = B' d B of 3 x 3 pixels d, B' = (1 -1 0; 0 1 0; 0 1 -1). Rows and columns 1 and 2 of d lie so many floats on.
static void transform_input(
    __global const float* d, int row1, int row2, int column1, int column2, __global float* v, int v_plane) {
  const int columns[3] = {0, column1, column2};
  float16 t[3][3];
#pragma unroll
  for (int j = 0; j < 3; ++j) {
    const float16 d1 = load(d + row1 + columns[j]);
    t[0][j] = load(d + columns[j]) - d1;
    t[1][j] = d1;
    t[2][j] = d1 - load(d + row2 + columns[j]);
  }
#pragma unroll
  for (int i = 0; i < 3; ++i) {
    store(t[i][0] - t[i][1], v + 3 * i * v_plane);
    store(t[i][1], v + (3 * i + 1) * v_plane);
    store(t[i][1] - t[i][2], v + (3 * i + 2) * v_plane);
  }
}

// Element (i, j) of G g G', G = (1 0; 1 1; 0 1). Rows and columns of g lie so many floats apart.
static float16 transform_filter(__global const float* g, int i, int j, int row, int column) {
  g += (i == 2 ? row : 0) + (j == 2 ? column : 0);
  float16 u = load(g);
  if (j == 1) u += load(g + column);
  if (i == 1) {
    u += load(g + row);
    if (j == 1) u += load(g + row + column);
  }
  return u;
}

// sums[patch][block] = or += sum over terms of v[patch][term] * panel[term][block], for TILE_PATCHES patches.
static void multiply(
    __global const float* v, const float16* panel, __global float* sums, int terms, int is_first) {
  float16 sum[TILE_SUMS];
#pragma unroll
  for (int s = 0; s < TILE_SUMS; ++s) sum[s] = is_first ? (float16)(0.0f) : load(sums + s * 16);
#pragma unroll 4
  for (int c = 0; c < terms; ++c) {
    float16 weight[TILE_OUTPUTS];
#pragma unroll
    for (int k = 0; k < TILE_OUTPUTS; ++k) weight[k] = panel[c * TILE_OUTPUTS + k];
#pragma unroll
    for (int p = 0; p < TILE_PATCHES; ++p) {
#pragma unroll
      for (int k = 0; k < TILE_OUTPUTS; ++k) {
        sum[p * TILE_OUTPUTS + k] = fma((float16)(v[p * TERMS + c]), weight[k], sum[p * TILE_OUTPUTS + k]);
      }
    }
  }
#pragma unroll
  for (int s = 0; s < TILE_SUMS; ++s) store(sum[s], sums + s * 16);
}

// y = A' m A + bias, A' = (1 1 0; 0 1 -1): of 2 x 2 pixels, those that there are.
static void transform_output(
    __global const float* m, int m_plane, float16 bias, __global float* y, int row, int column, int rows, int columns) {
  float16 t[2][3];
#pragma unroll
  for (int j = 0; j < 3; ++j) {
    const float16 m1 = load(m + (3 + j) * m_plane);
    t[0][j] = load(m + j * m_plane) + m1;
    t[1][j] = m1 - load(m + (6 + j) * m_plane);
  }
  for (int i = 0; i < min(rows, 2); ++i) {
    store(t[i][0] + t[i][1] + bias, y + i * row);
    if (columns > 1) store(t[i][1] - t[i][2] + bias, y + i * row + column);
  }
}

__kernel __attribute__((vec_type_hint(float16))) void conv2d_winograd(
    __global const float* restrict x,  // [N][x_blocks][x_height + 2][x_width + 2][16]
    __global const float* restrict w,  // [KB][x_blocks][4][4][16][16], or panels [KB][4][x_blocks][2][2][16][16]
    __global const float* restrict b,  // [KB][16], read where has_bias
    __global float* restrict y,        // [N][KB][y_height + 2 y_halo][y_width + 2 y_halo][16]
    __global float* restrict scratch,  // [items][9 v_plane + 9 m_plane]
    int has_bias, int images, int x_blocks, int x_height, int x_width,
    int y_blocks, int y_height, int y_width, int y_halo,
    int transposed, int chunk_patches, int chunk_blocks, int units, int units_per_item) {
  const int gather_step = transposed ? 1 : 2, scatter_step = transposed ? 2 : 1;
  const int x_row = (x_width + 2) * 16, x_plane = (x_height + 2) * x_row;
  const int y_row = (y_width + 2 * y_halo) * 16, y_plane = (y_height + 2 * y_halo) * y_row;
  const int tap_column = transposed ? 256 : 2 * 256, tap_row = transposed ? 2 * 256 : 8 * 256;
  const int phases = gather_step * gather_step, sources = x_blocks * phases, filter_block = x_blocks * 16 * 256;
  const int groups = (y_blocks + chunk_blocks - 1) / chunk_blocks;
  const int chunks = units / (groups * scatter_step * scatter_step);

  // B' d B of a chunk, [9][patches][TERMS], and its sums, [9][blocks / TILE_OUTPUTS][patches][TILE_OUTPUTS][16]. One
  // more vector keeps the nine planes out of the same lines of the caches.
  const int v_plane = chunk_patches * TERMS + 16, m_plane = chunk_patches * chunk_blocks * 16 + 16;
  __global float* v = scratch + (size_t)get_global_id(0) * 9 * (v_plane + m_plane);
  __global float* m = v + 9 * v_plane;

  const int first_unit = (int)get_global_id(0) * units_per_item;
  for (int unit = first_unit; unit < min(first_unit + units_per_item, units); ++unit) {
    const int phase = unit / (chunks * groups), phase_y = phase / scatter_step, phase_x = phase % scatter_step;
    const int first_block = unit / chunks % groups * chunk_blocks, blocks = min(chunk_blocks, y_blocks - first_block);
    const int rows = (y_height - phase_y + scatter_step - 1) / scatter_step, patch_rows = (rows + 1) / 2;
    const int columns = (y_width - phase_x + scatter_step - 1) / scatter_step, patch_columns = (columns + 1) / 2;
    const int first_patch = unit % chunks * chunk_patches;
    const int patches = min(chunk_patches, images * patch_rows * patch_columns - first_patch);
    if (patches <= 0) continue;
    // Panels of a transposed filter are sorted by the first tap that the phase sees: 1 for phase 0, 0 for phase 1.
    __global const float* filter = w + first_block * filter_block;
    if (transposed) filter += ((1 - phase_y) * 2 + 1 - phase_x) * x_blocks * 4 * 256;

    for (int first = 0; first < sources; first += SOURCES) {
      const int count = min(SOURCES, sources - first);
      // What the last tile lacks is the last patch again.
      for (int p = 0; p < (patches + TILE_PATCHES - 1) / TILE_PATCHES * TILE_PATCHES; ++p) {
        const int patch = first_patch + min(p, patches - 1), n = patch / (patch_rows * patch_columns);
        const int row = patch / patch_columns % patch_rows * 2, column = patch % patch_columns * 2;
        for (int s = 0; s < count; ++s) {
          const int cb = (first + s) / phases, x_phase = transposed ? phase : (first + s) % phases;
          const int iy = row * gather_step + x_phase / 2 - 1, ix = column * gather_step + x_phase % 2 - 1;
          // Pixels of a patch that the map cuts may lie past the halo: no output that there is depends on them.
          const int last_row = min(2 * gather_step, x_height - iy), last_column = min(2 * gather_step, x_width - ix);
          transform_input(
              x + (n * x_blocks + cb) * x_plane + (iy + 1) * x_row + (ix + 1) * 16, gather_step * x_row,
              last_row * x_row, gather_step * 16, last_column * 16, v + p * TERMS + s * 16, v_plane);
        }
      }
      for (int k = 0; k < blocks; k += TILE_OUTPUTS) {
        for (int e = 0; e < 9; ++e) {
          float16 panel[TERMS * TILE_OUTPUTS];
          for (int s = 0; s < count; ++s) {
            const int cb = (first + s) / phases, x_phase = (first + s) % phases;
            __global const float* taps =
                filter + k * filter_block + (transposed ? cb * 4 : cb * 16 + x_phase / 2 * 4 + x_phase % 2) * 256;
            for (int c = 0; c < 16; ++c) {
              for (int o = 0; o < TILE_OUTPUTS; ++o) {
                panel[(s * 16 + c) * TILE_OUTPUTS + o] =
                    transform_filter(taps + o * filter_block + c * 16, e / 3, e % 3, tap_row, tap_column);
              }
            }
          }
          for (int p = 0; p < patches; p += TILE_PATCHES) {
            multiply(
                v + e * v_plane + p * TERMS, panel, m + e * m_plane + (k * chunk_patches + p * TILE_OUTPUTS) * 16,
                count * 16, first == 0);
          }
        }
      }
    }

    for (int k = 0; k < blocks; ++k) {
      const int kb = first_block + k;
      const float16 bias = has_bias ? vload16(kb, b) : (float16)(0.0f);
      for (int p = 0; p < patches; ++p) {
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

// z = A g A' of 2 x 2 gradients g, those that there are, A = (1 0; 1 1; 0 -1).
static void transform_gradient(
    __global const float* g, int row, int column, int rows, int columns, __global float* z, int z_plane) {
  const float16 g00 = load(g), g01 = columns > 1 ? load(g + column) : (float16)(0.0f);
  float16 g10 = 0.0f, g11 = 0.0f;
  if (rows > 1) {
    g10 = load(g + row);
    if (columns > 1) g11 = load(g + row + column);
  }
  const float16 left = g00 + g10, right = g01 + g11;
  store(g00, z);
  store(g00 + g01, z + z_plane);
  store(-g01, z + 2 * z_plane);
  store(left, z + 3 * z_plane);
  store(left + right, z + 4 * z_plane);
  store(-right, z + 5 * z_plane);
  store(-g10, z + 6 * z_plane);
  store(-g10 - g11, z + 7 * z_plane);
  store(g11, z + 8 * z_plane);
}

// sums[term][block] = or += sum over patches of v[patch][term] * z[patch][block], for TILE_TERMS terms.
static void multiply_gradient(
    __global const float* v, __global const float* z, __global float* sums, int patches, int is_first) {
  float16 sum[TILE_TERMS * TILE_OUTPUTS];
#pragma unroll
  for (int s = 0; s < TILE_TERMS * TILE_OUTPUTS; ++s) sum[s] = is_first ? (float16)(0.0f) : load(sums + s * 16);
#pragma unroll 4
  for (int p = 0; p < patches; ++p) {
    float16 gradient[TILE_OUTPUTS];
#pragma unroll
    for (int k = 0; k < TILE_OUTPUTS; ++k) gradient[k] = load(z + (p * TILE_OUTPUTS + k) * 16);
#pragma unroll
    for (int c = 0; c < TILE_TERMS; ++c) {
#pragma unroll
      for (int k = 0; k < TILE_OUTPUTS; ++k) {
        sum[c * TILE_OUTPUTS + k] = fma((float16)(v[p * TERMS_ROW + c]), gradient[k], sum[c * TILE_OUTPUTS + k]);
      }
    }
  }
#pragma unroll
  for (int s = 0; s < TILE_TERMS * TILE_OUTPUTS; ++s) store(sum[s], sums + s * 16);
}

// grad_w = G' u G: 2 x 2 taps, G' = (1 1 0; 0 1 1).
static void transform_sums(__global const float* u, int u_plane, __global float* grad_w, int row, int column) {
  float16 t[2][3];
#pragma unroll
  for (int j = 0; j < 3; ++j) {
    const float16 u1 = load(u + (3 + j) * u_plane);
    t[0][j] = load(u + j * u_plane) + u1;
    t[1][j] = u1 + load(u + (6 + j) * u_plane);
  }
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    store(t[i][0] + t[i][1], grad_w + i * row);
    store(t[i][1] + t[i][2], grad_w + i * row + column);
  }
}

// grad_w = G' (sum over patches of (B' d B) * (A g A')) G of 3 x 3 pixels d of a phase of x and 2 x 2 gradients g of y.
// A work-item owns units_per_item units: one block of channels x chunk_blocks blocks of outputs, for the patches of one
// part, pass_patches at a time; sum_partials adds the parts up.
__kernel __attribute__((vec_type_hint(float16))) void conv2d_winograd_backward_weight(
    __global const float* restrict x,       // [N][x_blocks][x_height + 2][x_width + 2][16]
    __global const float* restrict grad_y,  // [N][KB][y_height + 2 y_halo][y_width + 2 y_halo][16]
    __global float* restrict grad_w,        // [parts][KB][x_blocks][4][4][16][16]
    __global float* restrict scratch,       // [items][9 v_plane + 9 z_plane + 9 u_plane]
    int images, int x_blocks, int x_height, int x_width,
    int y_blocks, int y_height, int y_width, int y_halo,
    int pass_patches, int chunk_blocks, int patches_per_part, int units, int units_per_item) {
  const int x_row = (x_width + 2) * 16, x_plane = (x_height + 2) * x_row;
  const int y_row = (y_width + 2 * y_halo) * 16, y_plane = (y_height + 2 * y_halo) * y_row;
  const int patch_rows = (y_height + 1) / 2, patch_columns = (y_width + 1) / 2;
  const int groups = (y_blocks + chunk_blocks - 1) / chunk_blocks;

  // Of a pass B' d B, [9][patches][TERMS_ROW], and A g A', [9][blocks / TILE_OUTPUTS][patches][TILE_OUTPUTS][16]; and the
  // sums, [9][blocks / TILE_OUTPUTS][TERMS][TILE_OUTPUTS][16].
  const int v_plane = pass_patches * TERMS_ROW + 16, z_plane = pass_patches * chunk_blocks * 16 + 16;
  const int u_plane = TERMS * chunk_blocks * 16 + 16;
  __global float* v = scratch + (size_t)get_global_id(0) * 9 * (v_plane + z_plane + u_plane);
  __global float* z = v + 9 * v_plane;
  __global float* u = z + 9 * z_plane;

  const int first_unit = (int)get_global_id(0) * units_per_item;
  for (int unit = first_unit; unit < min(first_unit + units_per_item, units); ++unit) {
    const int cb = unit % x_blocks, part = unit / (x_blocks * groups);
    const int first_block = unit / x_blocks % groups * chunk_blocks, blocks = min(chunk_blocks, y_blocks - first_block);
    const int first_patch = part * patches_per_part;
    const int end_patch = min(first_patch + patches_per_part, images * patch_rows * patch_columns);
    for (int pass = first_patch; pass < end_patch; pass += pass_patches) {
      const int patches = min(pass_patches, end_patch - pass);
      for (int p = 0; p < patches; ++p) {
        const int patch = pass + p, n = patch / (patch_rows * patch_columns);
        const int row = patch / patch_columns % patch_rows * 2, column = patch % patch_columns * 2;
        for (int s = 0; s < SOURCES; ++s) {
          const int iy = row * 2 + s / 2 - 1, ix = column * 2 + s % 2 - 1;
          transform_input(
              x + (n * x_blocks + cb) * x_plane + (iy + 1) * x_row + (ix + 1) * 16, 2 * x_row,
              min(4, x_height - iy) * x_row, 2 * 16, min(4, x_width - ix) * 16, v + p * TERMS_ROW + s * 16, v_plane);
        }
        for (int k = 0; k < blocks; ++k) {
          transform_gradient(
            grad_y + (n * y_blocks + first_block + k) * y_plane + (row + y_halo) * y_row + (column + y_halo) * 16,
            y_row, 16, y_height - row, y_width - column,
            z + ((k - k % TILE_OUTPUTS) * pass_patches + p * TILE_OUTPUTS + k % TILE_OUTPUTS) * 16, z_plane);
        }
      }
      for (int e = 0; e < 9; ++e) {
        for (int k = 0; k < blocks; k += TILE_OUTPUTS) {
          for (int c = 0; c < TERMS; c += TILE_TERMS) {
            multiply_gradient(
                v + e * v_plane + c, z + e * z_plane + k * pass_patches * 16,
                u + e * u_plane + (k * TERMS + c * TILE_OUTPUTS) * 16, patches, pass == first_patch);
          }
        }
      }
    }

    for (int k = 0; k < blocks; ++k) {
      __global float* window = grad_w + (((size_t)part * y_blocks + first_block + k) * x_blocks + cb) * 16 * 256;
      for (int c = 0; c < TERMS; ++c) {
        const int s = c / 16;
        transform_sums(
            u + ((k - k % TILE_OUTPUTS) * TERMS + c * TILE_OUTPUTS + k % TILE_OUTPUTS) * 16, u_plane,
            window + (s / 2 * 4 + s % 2) * 256 + c % 16 * 16, 8 * 256, 2 * 256);
      }
    }
  }
}

// Convolutions by Winograd's algorithm (Lavin & Gray 2016): a patch of 2 x 2 outputs of a window of TAPS x TAPS is
// A' (sum over channels of (G g G') * (B' d B)) A, with PLANES products. TAPS is 3 for windows of 3 x 3 with stride 1 and
// padding 1: 16 products for 36. It is 2 for windows of 4 x 4 with stride 2 and padding 1 and their transposes, which are
// four windows of 2 x 2 with stride 1: forward, on the four phases of x, which are summed like channels; transposed, one
// for each phase of y, with w flipped (filter_transpose): 9 products for 16. A source is 16 channels of one phase of x.
// A work-item owns units_per_item units: chunk_patches patches x chunk_blocks blocks of 16 outputs of one phase of y.
// Defines: TAPS; TILE_PATCHES and, of the gradient of w, TILE_TERMS x TILE_OUTPUTS, the sums that are held in registers.
#ifndef TAPS
#define TAPS 2
#endif
#ifndef TILE_PATCHES
#define TILE_PATCHES 6
#endif
#ifndef TILE_OUTPUTS
#define TILE_OUTPUTS 4
#endif
#ifndef TILE_TERMS
#define TILE_TERMS 4
#endif
// Pixels of x along each axis of a patch, and products.
#define PATCH (TAPS + 1)
#define PLANES (PATCH * PATCH)
// Phases of x, along each axis.
#define STEP (TAPS == 2 ? 2 : 1)
// Sources whose products are summed at a time: the four phases of a block, or four blocks. Their weights for four blocks
// of outputs fill half of a first-level cache of 32 KB.
#define SOURCES 4
#define TERMS (SOURCES * 16)
// Floats from a patch to the next where each is read by itself: lines of 64 bytes, five apart, take turns in all sets of
// a first-level cache.
#define TERMS_ROW (TERMS + 16)
#define TILE_SUMS (TILE_PATCHES * TILE_OUTPUTS)

static float16 load(__global const float* at) { return *(__global const float16*)at; }
static void store(float16 v, __global float* at) { *(__global float16*)at = v; }

// Along one axis: B' d of PATCH pixels d.
static void transform_pixels(const float16 d[PATCH], float16 t[PATCH]) {
#if TAPS == 2
  t[0] = d[0] - d[1];
  t[1] = d[1];
  t[2] = d[1] - d[2];
#else
  t[0] = d[0] - d[2];
  t[1] = d[1] + d[2];
  t[2] = d[2] - d[1];
  t[3] = d[1] - d[3];
#endif
}

// Along one axis: G g of TAPS taps g.
static void transform_taps(const float16 g[TAPS], float16 u[PATCH]) {
#if TAPS == 2
  u[0] = g[0];
  u[1] = g[0] + g[1];
  u[2] = g[1];
#else
  const float16 outer = 0.5f * (g[0] + g[2]), middle = 0.5f * g[1];
  u[0] = g[0];
  u[1] = outer + middle;
  u[2] = outer - middle;
  u[3] = g[2];
#endif
}

// Along one axis: A' m, 2 outputs of PATCH products.
static void transform_products(const float16 m[PATCH], float16 y[2]) {
#if TAPS == 2
  y[0] = m[0] + m[1];
  y[1] = m[1] - m[2];
#else
  y[0] = m[0] + m[1] + m[2];
  y[1] = m[1] - m[2] - m[3];
#endif
}

// Along one axis: A g of 2 gradients g.
static void transform_gradients(const float16 g0, const float16 g1, float16 z[PATCH]) {
  z[0] = g0;
  z[1] = g0 + g1;
#if TAPS == 2
  z[2] = -g1;
#else
  z[2] = g0 - g1;
  z[3] = -g1;
#endif
}

// Along one axis: G' u, the gradients of TAPS taps.
static void transform_gradient_sums(const float16 u[PATCH], float16 w[TAPS]) {
#if TAPS == 2
  w[0] = u[0] + u[1];
  w[1] = u[1] + u[2];
#else
  w[0] = u[0] + 0.5f * (u[1] + u[2]);
  w[1] = 0.5f * (u[1] - u[2]);
  w[2] = 0.5f * (u[1] + u[2]) + u[3];
#endif
}

// v = B' d B of PATCH x PATCH pixels d, whose rows and columns lie `row` and `column` floats apart, but for the last, which
// lies last_row or last_column floats from the first.
static void transform_input(
    __global const float* d, int row, int last_row, int column, int last_column, __global float* v, int v_plane) {
  float16 t[PATCH][PATCH];
#pragma unroll
  for (int j = 0; j < PATCH; ++j) {
    __global const float* top = d + (j == TAPS ? last_column : j * column);
    float16 pixels[PATCH], turned[PATCH];
#pragma unroll
    for (int i = 0; i < PATCH; ++i) pixels[i] = load(top + (i == TAPS ? last_row : i * row));
    transform_pixels(pixels, turned);
#pragma unroll
    for (int i = 0; i < PATCH; ++i) t[i][j] = turned[i];
  }
#pragma unroll
  for (int i = 0; i < PATCH; ++i) {
    float16 turned[PATCH];
    transform_pixels(t[i], turned);
#pragma unroll
    for (int j = 0; j < PATCH; ++j) store(turned[j], v + (PATCH * i + j) * v_plane);
  }
}

// u = G g G' of TAPS x TAPS taps, whose rows and columns lie so many floats apart.
static void transform_filter(__global const float* g, int row, int column, __global float* u, int u_plane) {
  float16 t[PATCH][TAPS];
#pragma unroll
  for (int j = 0; j < TAPS; ++j) {
    float16 taps[TAPS], turned[PATCH];
#pragma unroll
    for (int i = 0; i < TAPS; ++i) taps[i] = load(g + i * row + j * column);
    transform_taps(taps, turned);
#pragma unroll
    for (int i = 0; i < PATCH; ++i) t[i][j] = turned[i];
  }
#pragma unroll
  for (int i = 0; i < PATCH; ++i) {
    float16 turned[PATCH];
    transform_taps(t[i], turned);
#pragma unroll
    for (int j = 0; j < PATCH; ++j) store(turned[j], u + (PATCH * i + j) * u_plane);
  }
}

// The filter as products read it: the planes of G g G' for every 16 channels of every phase.
// One item: one source of one phase of y, for TILE_OUTPUTS blocks of outputs.
__kernel __attribute__((vec_type_hint(float16))) void conv2d_winograd_filter(
    __global const float* restrict w,  // [KB][x_blocks][R][S][16][16], or panels [KB][4][x_blocks][2][2][16][16]
    __global float* restrict panels,   // [phases of y][KB / TILE_OUTPUTS][PLANES][sources][16][TILE_OUTPUTS][16]
    int x_blocks, int transposed) {
  const int gather_step = transposed ? 1 : STEP, phases = gather_step * gather_step, sources = x_blocks * phases;
  const int window = TAPS * TAPS * STEP * STEP * 256, column = gather_step * 256, row = TAPS * gather_step * column;
  const int group = get_global_id(0), source = (int)get_global_id(1) % sources, phase = (int)get_global_id(1) / sources;
  const int cb = source / phases, x_phase = source % phases;
  const int plane = sources * 16 * TILE_OUTPUTS * 16;
  // Panels of a transposed filter are sorted by the first tap that the phase sees: 1 for phase 0, 0 for phase 1.
  const size_t tap = transposed ? (size_t)((3 - phase) * x_blocks + cb) * TAPS * TAPS * 256
                                : (size_t)cb * window + (x_phase / 2 * 4 + x_phase % 2) * 256;
  __global const float* taps = w + (size_t)group * TILE_OUTPUTS * x_blocks * window + tap;
  __global float* u = panels + (size_t)(phase * get_global_size(0) + group) * PLANES * plane +
                      source * 16 * TILE_OUTPUTS * 16;
  for (int c = 0; c < 16; ++c) {
    for (int o = 0; o < TILE_OUTPUTS; ++o) {
      transform_filter(
          taps + (size_t)o * x_blocks * window + c * 16, row, column, u + (c * TILE_OUTPUTS + o) * 16, plane);
    }
  }
}

// sums[patch][block] = or += sum over terms of v[patch][term] * panel[term][block], for TILE_PATCHES patches.
static void multiply(
    __global const float* v, __global const float* panel, __global float* sums, int terms, int is_first) {
  float16 sum[TILE_SUMS];
#pragma unroll
  for (int s = 0; s < TILE_SUMS; ++s) sum[s] = is_first ? (float16)(0.0f) : load(sums + s * 16);
#pragma unroll 4
  for (int c = 0; c < terms; ++c) {
    float16 weight[TILE_OUTPUTS];
#pragma unroll
    for (int k = 0; k < TILE_OUTPUTS; ++k) weight[k] = load(panel + (c * TILE_OUTPUTS + k) * 16);
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

// y = A' m A + bias of 2 x 2 pixels, those that there are.
static void transform_output(
    __global const float* m, int m_plane, float16 bias, __global float* y, int row, int column, int rows, int columns) {
  float16 t[2][PATCH];
#pragma unroll
  for (int j = 0; j < PATCH; ++j) {
    float16 products[PATCH], sums[2];
#pragma unroll
    for (int i = 0; i < PATCH; ++i) products[i] = load(m + (PATCH * i + j) * m_plane);
    transform_products(products, sums);
    t[0][j] = sums[0];
    t[1][j] = sums[1];
  }
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    float16 sums[2];
    transform_products(t[i], sums);
    if (i < rows) {
      store(sums[0] + bias, y + i * row);
      if (columns > 1) store(sums[1] + bias, y + i * row + column);
    }
  }
}

__kernel __attribute__((vec_type_hint(float16))) void conv2d_winograd(
    __global const float* restrict x,       // [N][x_blocks][x_height + 2][x_width + 2][16]
    __global const float* restrict panels,  // as conv2d_winograd_filter made them
    __global const float* restrict b,       // [KB][16], read where has_bias
    __global float* restrict y,             // [N][KB][y_height + 2 y_halo][y_width + 2 y_halo][16]
    __global float* restrict scratch,       // [items][PLANES v_plane + PLANES m_plane]
    int has_bias, int images, int x_blocks, int x_height, int x_width,
    int y_blocks, int y_height, int y_width, int y_halo,
    int transposed, int chunk_patches, int chunk_blocks, int units, int units_per_item) {
  const int gather_step = transposed ? 1 : STEP, scatter_step = transposed ? STEP : 1;
  const int x_row = (x_width + 2) * 16, x_plane = (x_height + 2) * x_row;
  const int y_row = (y_width + 2 * y_halo) * 16, y_plane = (y_height + 2 * y_halo) * y_row;
  const int phases = gather_step * gather_step, sources = x_blocks * phases;
  const int panel_plane = sources * 16 * TILE_OUTPUTS * 16;
  const int groups = (y_blocks + chunk_blocks - 1) / chunk_blocks;
  const int chunks = units / (groups * scatter_step * scatter_step);

  // B' d B of a chunk, [PLANES][patches][TERMS], and its sums, [PLANES][blocks / TILE_OUTPUTS][patches][TILE_OUTPUTS][16]. One
  // more vector keeps the planes out of the same lines of the caches.
  const int v_plane = chunk_patches * TERMS + 16, m_plane = chunk_patches * chunk_blocks * 16 + 16;
  __global float* v = scratch + (size_t)get_global_id(0) * PLANES * (v_plane + m_plane);
  __global float* m = v + PLANES * v_plane;

  const int first_unit = (int)get_global_id(0) * units_per_item;
  for (int unit = first_unit; unit < min(first_unit + units_per_item, units); ++unit) {
    const int phase = unit / (chunks * groups), phase_y = phase / scatter_step, phase_x = phase % scatter_step;
    const int first_block = unit / chunks % groups * chunk_blocks, blocks = min(chunk_blocks, y_blocks - first_block);
    const int rows = (y_height - phase_y + scatter_step - 1) / scatter_step, patch_rows = (rows + 1) / 2;
    const int columns = (y_width - phase_x + scatter_step - 1) / scatter_step, patch_columns = (columns + 1) / 2;
    const int first_patch = unit % chunks * chunk_patches;
    const int patches = min(chunk_patches, images * patch_rows * patch_columns - first_patch);
    if (patches <= 0) continue;
    __global const float* filter = panels + (size_t)(phase * y_blocks + first_block) / TILE_OUTPUTS * PLANES * panel_plane;

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
          const int last_row = min(TAPS * gather_step, x_height - iy);
          const int last_column = min(TAPS * gather_step, x_width - ix);
          transform_input(
              x + (n * x_blocks + cb) * x_plane + (iy + 1) * x_row + (ix + 1) * 16, gather_step * x_row,
              last_row * x_row, gather_step * 16, last_column * 16, v + p * TERMS + s * 16, v_plane);
        }
      }
      for (int k = 0; k < blocks; k += TILE_OUTPUTS) {
        for (int e = 0; e < PLANES; ++e) {
          __global const float* panel =
              filter + ((size_t)(k / TILE_OUTPUTS * PLANES + e) * sources + first) * 16 * TILE_OUTPUTS * 16;
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

// z = A g A' of 2 x 2 gradients g, those that there are.
static void transform_gradient(
    __global const float* g, int row, int column, int rows, int columns, __global float* z, int z_plane) {
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
  for (int i = 0; i < PATCH; ++i) {
    float16 turned[PATCH];
    transform_gradients(left[i], right[i], turned);
#pragma unroll
    for (int j = 0; j < PATCH; ++j) store(turned[j], z + (PATCH * i + j) * z_plane);
  }
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

// grad_w = G' u G of TAPS x TAPS taps.
static void transform_sums(__global const float* u, int u_plane, __global float* grad_w, int row, int column) {
  float16 t[TAPS][PATCH];
#pragma unroll
  for (int j = 0; j < PATCH; ++j) {
    float16 sums[PATCH], taps[TAPS];
#pragma unroll
    for (int i = 0; i < PATCH; ++i) sums[i] = load(u + (PATCH * i + j) * u_plane);
    transform_gradient_sums(sums, taps);
#pragma unroll
    for (int i = 0; i < TAPS; ++i) t[i][j] = taps[i];
  }
#pragma unroll
  for (int i = 0; i < TAPS; ++i) {
    float16 taps[TAPS];
    transform_gradient_sums(t[i], taps);
#pragma unroll
    for (int j = 0; j < TAPS; ++j) store(taps[j], grad_w + i * row + j * column);
  }
}

// grad_w = G' (sum over patches of (B' d B) * (A g A')) G of PATCH x PATCH pixels d of a phase of x and 2 x 2 gradients g.
// A work-item owns units_per_item units: the sources of one block of channels, or of four blocks, x chunk_blocks blocks of
// outputs, for the patches of one part, pass_patches at a time; sum_partials adds the parts up.
__kernel __attribute__((vec_type_hint(float16))) void conv2d_winograd_backward_weight(
    __global const float* restrict x,       // [N][x_blocks][x_height + 2][x_width + 2][16]
    __global const float* restrict grad_y,  // [N][KB][y_height + 2 y_halo][y_width + 2 y_halo][16]
    __global float* restrict grad_w,        // [parts][KB][x_blocks][R][S][16][16]
    __global float* restrict scratch,       // [items][PLANES v_plane + PLANES z_plane + PLANES u_plane]
    int images, int x_blocks, int x_height, int x_width,
    int y_blocks, int y_height, int y_width, int y_halo,
    int pass_patches, int chunk_blocks, int patches_per_part, int units, int units_per_item) {
  const int x_row = (x_width + 2) * 16, x_plane = (x_height + 2) * x_row;
  const int y_row = (y_width + 2 * y_halo) * 16, y_plane = (y_height + 2 * y_halo) * y_row;
  const int patch_rows = (y_height + 1) / 2, patch_columns = (y_width + 1) / 2;
  const int groups = (y_blocks + chunk_blocks - 1) / chunk_blocks;

  const int sources = x_blocks * STEP * STEP, source_groups = (sources + SOURCES - 1) / SOURCES;

  // Of a pass B' d B, [PLANES][patches][TERMS_ROW], and A g A', [PLANES][blocks / TILE_OUTPUTS][patches][TILE_OUTPUTS][16];
  // and the sums, [PLANES][blocks / TILE_OUTPUTS][TERMS][TILE_OUTPUTS][16].
  const int v_plane = pass_patches * TERMS_ROW + 16, z_plane = pass_patches * chunk_blocks * 16 + 16;
  const int u_plane = TERMS * chunk_blocks * 16 + 16;
  __global float* v = scratch + (size_t)get_global_id(0) * PLANES * (v_plane + z_plane + u_plane);
  __global float* z = v + PLANES * v_plane;
  __global float* u = z + PLANES * z_plane;

  const int first_unit = (int)get_global_id(0) * units_per_item;
  for (int unit = first_unit; unit < min(first_unit + units_per_item, units); ++unit) {
    const int first_source = unit % source_groups * SOURCES, count = min(SOURCES, sources - first_source);
    const int part = unit / (source_groups * groups);
    const int first_block = unit / source_groups % groups * chunk_blocks;
    const int blocks = min(chunk_blocks, y_blocks - first_block);
    const int first_patch = part * patches_per_part;
    const int end_patch = min(first_patch + patches_per_part, images * patch_rows * patch_columns);
    for (int pass = first_patch; pass < end_patch; pass += pass_patches) {
      const int patches = min(pass_patches, end_patch - pass);
      for (int p = 0; p < patches; ++p) {
        const int patch = pass + p, n = patch / (patch_rows * patch_columns);
        const int row = patch / patch_columns % patch_rows * 2, column = patch % patch_columns * 2;
        for (int s = 0; s < count; ++s) {
          const int cb = (first_source + s) / (STEP * STEP), phase = (first_source + s) % (STEP * STEP);
          const int iy = row * STEP + phase / 2 - 1, ix = column * STEP + phase % 2 - 1;
          transform_input(
              x + (n * x_blocks + cb) * x_plane + (iy + 1) * x_row + (ix + 1) * 16, STEP * x_row,
              min(TAPS * STEP, x_height - iy) * x_row, STEP * 16, min(TAPS * STEP, x_width - ix) * 16,
              v + p * TERMS_ROW + s * 16, v_plane);
        }
        for (int k = 0; k < blocks; ++k) {
          transform_gradient(
            grad_y + (n * y_blocks + first_block + k) * y_plane + (row + y_halo) * y_row + (column + y_halo) * 16,
            y_row, 16, y_height - row, y_width - column,
            z + ((k - k % TILE_OUTPUTS) * pass_patches + p * TILE_OUTPUTS + k % TILE_OUTPUTS) * 16, z_plane);
        }
      }
      for (int e = 0; e < PLANES; ++e) {
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
    for (int k = 0; k < blocks; ++k) {
      __global float* filters = grad_w + ((size_t)part * y_blocks + first_block + k) * x_blocks * window;
      for (int c = 0; c < count * 16; ++c) {
        const int source = first_source + c / 16, cb = source / (STEP * STEP), phase = source % (STEP * STEP);
        transform_sums(
            u + ((k - k % TILE_OUTPUTS) * TERMS + c * TILE_OUTPUTS + k % TILE_OUTPUTS) * 16, u_plane,
            filters + cb * window + (phase / 2 * 4 + phase % 2) * 256 + c % 16 * 16, TAPS * STEP * STEP * 256,
            STEP * 256);
      }
    }
  }
}

// Winograd's algorithm for convolutions (Lavin & Gray 2016): a patch of 2 x 2 outputs of a window of TAPS x TAPS is
// A' (sum over channels of (G g G') * (B' d B)) A, with PLANES products. TAPS = 3: windows of 3 x 3, stride 1, padding
// 1, with 16 products, not 36. TAPS = 2: windows of 4 x 4, stride 2, padding 1 and their transposes, as four windows of
// 2 x 2, with 9 products, not 16: one for each phase of x, summed like channels; transposed, one for each phase of y,
// with flipped taps of w (filter_transpose). A source is 16 channels of one phase of x.
// Defines: TAPS; TILE_OUTPUTS (blocks of 16 outputs whose sums are in registers).
#ifndef TAPS
#define TAPS 2
#endif
#ifndef TILE_OUTPUTS
#define TILE_OUTPUTS 4
#endif
// Pixels of x along each axis of a patch, and products in all.
#define PATCH (TAPS + 1)
#define PLANES (PATCH * PATCH)
// Phases of x, along each axis.
#define STEP (TAPS == 2 ? 2 : 1)
// Sources whose products are summed at a time: the four phases of a block, or four blocks. Their weights for four
// blocks of outputs fill half of an L1 cache of 32 KB.
#define SOURCES 4
#define TERMS (SOURCES * 16)

static float16 load(__global const float *at) { return *(__global const float16 *)at; }
static void store(float16 v, __global float *at) { *(__global float16 *)at = v; }

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

// v = B' d B of PATCH x PATCH pixels d. From one row or column to the next are `row` or `column` floats; from the first
// to the last are last_row or last_column floats.
static void transform_input(
    __global const float *d, int row, int last_row, int column, int last_column, __global float *v, int v_plane) {
  float16 t[PATCH][PATCH];
#pragma unroll
  for (int j = 0; j < PATCH; j++) {
    __global const float *top = d + (j == TAPS ? last_column : j * column);
    float16 pixels[PATCH], turned[PATCH];
#pragma unroll
    for (int i = 0; i < PATCH; i++) pixels[i] = load(top + (i == TAPS ? last_row : i * row));
    transform_pixels(pixels, turned);
#pragma unroll
    for (int i = 0; i < PATCH; i++) t[i][j] = turned[i];
  }
#pragma unroll
  for (int i = 0; i < PATCH; i++) {
    float16 turned[PATCH];
    transform_pixels(t[i], turned);
#pragma unroll
    for (int j = 0; j < PATCH; j++) store(turned[j], v + (PATCH * i + j) * v_plane);
  }
}

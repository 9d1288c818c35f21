// How a work-group of conv2d_tiled loads its tiles: 8 channels of a tap of x and of w, from global memory to registers
// and from there to local memory.
// Defines: X_BLOCK (contiguous channels of x and w); GROUP_ROWS, GROUP_COLUMNS, ITEM_OUTPUTS (the tile); TRANSPOSED (1:
// w is read with its input and output channels swapped); CLIPPED (1: windows reach beyond the halo of x); X_HALF (1: x
// is stored as half).
#ifndef X_BLOCK
#define X_BLOCK 16
#endif
#ifndef TRANSPOSED
#define TRANSPOSED 0
#endif
#ifndef CLIPPED
#define CLIPPED 0
#endif
#ifndef GROUP_ROWS
#define GROUP_ROWS 16
#endif
#ifndef GROUP_COLUMNS
#define GROUP_COLUMNS 16
#endif
#ifndef ITEM_OUTPUTS
#define ITEM_OUTPUTS 8
#endif
#define DEPTH 8
#define ITEMS (GROUP_ROWS * GROUP_COLUMNS)
#define TILE_PIXELS (8 * GROUP_ROWS)
#define TILE_OUTPUTS (ITEM_OUTPUTS * GROUP_COLUMNS)
#define QUADS (ITEM_OUTPUTS / 4)
// Maximum number of floats in an image's window, and 8 more.
#define IMAGE_TERMS 256
// What a work-item loads: floats of an image, or quads of maps, of 8 channels, or of 16 if they are halves; quads of w.
#if X_HALF
#define X_LOADS (2 * DEPTH * TILE_PIXELS / 4 / ITEMS)
#elif X_BLOCK == 16
#define X_LOADS (DEPTH * TILE_PIXELS / 4 / ITEMS)
#else
#define X_LOADS (DEPTH * TILE_PIXELS / ITEMS)
#endif
#define W_LOADS (DEPTH * TILE_OUTPUTS / 4 / ITEMS)

// First float of channel c in a local buffer. The gaps let the work-items of a warp store to 32 different banks: 2
// quads of channels of 16 pixels or outputs, or of an image 8 channels of 4 pixels.
#if X_BLOCK == 16
#define X_ROW(c) (TILE_PIXELS * (c) + (c) / 4 * 16)
#else
#define X_ROW(c) ((TILE_PIXELS + 8) * (c) + (c) / 4 * 4)
#endif
#define W_ROW(c) (TILE_OUTPUTS * (c) + (c) / 4 * 16)
#define X_TILE X_ROW(DEPTH)
#define W_TILE W_ROW(DEPTH)

// 4 channels of one pixel or output, each into its row.
static void store_column(float4 v, __local float *at, int row) {
  at[0] = v.x;
  at[row] = v.y;
  at[2 * row] = v.z;
  at[3 * row] = v.w;
}

// What a work-item loads of x at a time. Addresses are offsets in bytes from a common start: the address units of GPUs
// add such an offset of 32 bits at no cost.
#if X_HALF
typedef half x_float;
typedef uint2 share;
#define X_BYTES 2
// Channels from one turn's loads to the next turn's; 0 if the first turn loads for both.
#define X_TURN 0
#else
typedef float x_float;
#define X_BYTES 4
#define X_TURN 8
#if X_BLOCK == 16
typedef float4 share;
#else
typedef float share;
#endif
#endif
// Tap (i, j) of the windows that begin at `row` and `column` of x, which has `rows` x `columns` pixels with its halo.
// Clipped taps are zero.
static void load_x(
    __global const x_float *x, const uint at[X_LOADS], uint moved, const int row[X_LOADS], const int column[X_LOADS],
    int i, int j, int rows, int columns, share slice[X_LOADS]) {
#pragma unroll
  for (int l = 0; l < X_LOADS; l++) {
    const bool is_inside = !CLIPPED || ((uint)(row[l] + i) < (uint)rows && (uint)(column[l] + j) < (uint)columns);
    __global const share *from = (__global const share *)((__global const char *)x + (at[l] + moved));
    slice[l] = is_inside ? *from : (share)(0);
  }
}

// Which pixel of a tile and which quad of its channels a work-item loads, for maps. Floats: two quads of each pixel, as
// many as a turn takes. Halves: all four, as they share a sector of 32 bytes; of two loads in a row each turn gets one.
static int pixel_of(int item, int l) {
#if X_HALF
  return l / 2 * (ITEMS / 2) + item / 32 * 16 + item % 32 / 4 + l % 2 * 8;
#else
  return item / 2 + l * (ITEMS / 2);
#endif
}

static int quad_of(int item, int l) {
#if X_HALF
  return (item + 2 * l) % 4;
#else
  return item % 2;
#endif
}

// Halves are converted to floats on their way to local memory.
static void store_x(const share slice[X_LOADS], int turn, int item, __local float *tile) {
#if X_HALF
  const int which = (item / 2 + turn) % 2;
#pragma unroll
  for (int l = 0; l < X_LOADS; l += 2) {
    // Not by index, which would move the loaded values from registers to memory.
    const share first = slice[l], second = slice[l + 1];
    store_column(
        floats_of(which ? second : first), tile + X_ROW(item % 2 * 4) + pixel_of(item, l) + which * 8, X_ROW(1));
  }
#else
#pragma unroll
  for (int l = 0; l < X_LOADS; l++) {
#if X_BLOCK == 16
    store_column(slice[l], tile + X_ROW(item % 2 * 4) + pixel_of(item, l), X_ROW(1));
#else
    tile[X_ROW(item % 8) + item / 8 + l * (ITEMS / 8)] = slice[l];
#endif
  }
#endif
}

// Rows of w from `rows` on are zero: the rows of an image may not be a multiple of 8.
static void load_w(__global const float *w, const uint at[W_LOADS], int item, int rows, float4 slice[W_LOADS]) {
#pragma unroll
  for (int l = 0; l < W_LOADS; l++) {
#if X_BLOCK == 16
    const bool is_there = true;
#else
    const bool is_there = (item + l * ITEMS) / (TILE_OUTPUTS / 4) < rows;
#endif
    __global const float4 *from = (__global const float4 *)((__global const char *)w + at[l]);
    slice[l] = is_there ? *from : (float4)(0.0f);
  }
}

static void store_w(const float4 slice[W_LOADS], int item, __local float *tile) {
#pragma unroll
  for (int l = 0; l < W_LOADS; l++) {
#if TRANSPOSED
    store_column(slice[l], tile + W_ROW(item % 2 * 4) + item / 2 + l * (ITEMS / 2), W_ROW(1));
#else
    const int u = item + l * ITEMS;
    *(__local float4 *)(tile + W_ROW(u / (TILE_OUTPUTS / 4)) + u % (TILE_OUTPUTS / 4) * 4) = slice[l];
#endif
  }
}

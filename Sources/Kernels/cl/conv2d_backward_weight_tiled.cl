// conv2d_backward_weight as a matrix product, rows (block, r, s, c) of w x outputs, in tiles for GPUs.
// A work-group owns 8 * GROUP_ROWS rows x ITEM_OUTPUTS * GROUP_COLUMNS outputs in one part of the sum, a work-item
// 8 x ITEM_OUTPUTS of them. 8 pixels at a time go through registers to two local buffers, as in conv2d_tiled.
// The halo of x must be as wide as the padding that windows reach. With several parts, sum_partials adds them.
// Defines: X_BLOCK (contiguous channels of x and w), GROUP_ROWS, GROUP_COLUMNS, ITEM_OUTPUTS; X_HALF, Y_HALF (1: x,
// grad_y are stored as half); X_SHARE, ALIGNED (below).
#ifndef X_BLOCK
#define X_BLOCK 16
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
// Floats of x that are loaded together: 4 of maps; 2 of images whose rows, pixels and windows all begin at an even
// float; else 1.
#ifndef X_SHARE
#define X_SHARE 4
#endif
// ALIGNED is 1 if the number of pixels is a multiple of 16 and every 8 pixels have the same layout: they are part of
// one row, whole rows or whole images. Then a work-group steps from 8 pixels to the next 8; else each work-item alone.
#define DEPTH 8
#define ITEMS (GROUP_ROWS * GROUP_COLUMNS)
#define TILE_ROWS (8 * GROUP_ROWS)
#define TILE_OUTPUTS (ITEM_OUTPUTS * GROUP_COLUMNS)
#define QUADS (ITEM_OUTPUTS / 4)
// Work-items that load one pixel, and what each loads at a time: X_SHARE floats of x, a quad of gradients. Of halves 8,
// if there are as many; the first and the second quad are then half a tile apart in local memory.
#define PIXEL_ITEMS (ITEMS / DEPTH)
#if X_HALF && TILE_ROWS / PIXEL_ITEMS >= 8
#define X_TOGETHER 8
#else
#define X_TOGETHER X_SHARE
#endif
#if Y_HALF && TILE_OUTPUTS / PIXEL_ITEMS >= 8 && QUADS == 2
#define Y_TOGETHER 8
#else
#define Y_TOGETHER 4
#endif
#define X_LOADS (TILE_ROWS / X_TOGETHER / PIXEL_ITEMS)
#define Y_LOADS (TILE_OUTPUTS / Y_TOGETHER / PIXEL_ITEMS)
// Floats from one pixel to the next in local memory. The gap spreads the stores of an image's 16 work-items per pixel
// over 32 banks.
#define X_PITCH (TILE_ROWS + (X_BLOCK == 16 ? 0 : 16))
#define Y_PITCH TILE_OUTPUTS

// sum[i] += x[p][i] * g[p] over 8 pixels in local memory; a work-item's quads are half a tile apart.
static void multiply(__local const float *x, __local const float *g, float4 sum[8][QUADS]) {
#pragma unroll
  for (int p = 0; p < DEPTH; p++) {
    const float4 low = *(__local const float4 *)(x + p * X_PITCH);
    const float4 high = *(__local const float4 *)(x + p * X_PITCH + TILE_ROWS / 2);
#pragma unroll
    for (int q = 0; q < QUADS; q++) {
      const float4 v = *(__local const float4 *)(g + p * Y_PITCH + q * (TILE_OUTPUTS / QUADS));
      sum[0][q] = fma((float4)(low.x), v, sum[0][q]);
      sum[1][q] = fma((float4)(low.y), v, sum[1][q]);
      sum[2][q] = fma((float4)(low.z), v, sum[2][q]);
      sum[3][q] = fma((float4)(low.w), v, sum[3][q]);
      sum[4][q] = fma((float4)(high.x), v, sum[4][q]);
      sum[5][q] = fma((float4)(high.y), v, sum[5][q]);
      sum[6][q] = fma((float4)(high.z), v, sum[6][q]);
      sum[7][q] = fma((float4)(high.w), v, sum[7][q]);
    }
  }
}

// What a work-item loads at a time; halves are converted to floats on their way to local memory.
#if X_SHARE == 4
typedef float4 x_share;
#elif X_SHARE == 2
typedef float2 x_share;
#else
typedef float x_share;
#endif
#if X_HALF
typedef half x_float;
#if X_TOGETHER == 8
typedef uint4 x_loaded;
#else
typedef uint2 x_loaded;
#endif
#define X_BYTES 2
#else
typedef float x_float;
typedef x_share x_loaded;
#define X_BYTES 4
#endif
#if Y_HALF
typedef half y_float;
#if Y_TOGETHER == 8
typedef uint4 y_loaded;
#else
typedef uint2 y_loaded;
#endif
#define Y_BYTES 2
#else
typedef float y_float;
typedef float4 y_loaded;
#define Y_BYTES 4
#endif

// An address in bytes: the part that a work-group shares is added to the pointer, the work-item's own part is an offset
// of 32 bits, which the address units of GPUs add at no cost.
#if ALIGNED
#define PLACE(p, moved, at) (((__global const char *)(p) + (moved)) + (at))
#else
#define PLACE(p, moved, at) ((__global const char *)(p) + ((at) + (moved)))
#endif

static void load_x(__global const x_float *x, const uint at[X_LOADS], uint moved, x_loaded slice[X_LOADS]) {
#pragma unroll
  for (int l = 0; l < X_LOADS; l++) slice[l] = *(__global const x_loaded *)PLACE(x, moved, at[l]);
}

static void load_y(
    __global const y_float *grad_y, const uint at[Y_LOADS], uint moved, bool is_there, y_loaded slice[Y_LOADS]) {
#pragma unroll
  for (int l = 0; l < Y_LOADS; l++) {
    slice[l] = 0;
    if (ALIGNED || is_there) slice[l] = *(__global const y_loaded *)PLACE(grad_y, moved, at[l]);
  }
}

static void store_x(const x_loaded slice[X_LOADS], __local float *at) {
#pragma unroll
  for (int l = 0; l < X_LOADS; l++) {
    __local x_share *to = (__local x_share *)at + l * PIXEL_ITEMS;
#if X_TOGETHER == 8
    to[0] = floats_of(slice[l].lo);
    to[TILE_ROWS / 8] = floats_of(slice[l].hi);
#elif X_HALF
    *to = floats_of(slice[l]);
#else
    *to = slice[l];
#endif
  }
}

static void store_y(const y_loaded slice[Y_LOADS], __local float *at) {
#pragma unroll
  for (int l = 0; l < Y_LOADS; l++) {
    __local float4 *to = (__local float4 *)at + l * PIXEL_ITEMS;
#if Y_TOGETHER == 8
    to[0] = floats_of(slice[l].lo);
    to[TILE_OUTPUTS / 8] = floats_of(slice[l].hi);
#elif Y_HALF
    *to = floats_of(slice[l]);
#else
    *to = slice[l];
#endif
  }
}

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void conv2d_backward_weight_tiled(
    __global const x_float *restrict x,       // [N][x_blocks][x_height + 2 x_halo][x_width + 2 x_halo][X_BLOCK]
    __global const y_float *restrict grad_y,  // [N][KB][y_height + 2 y_halo][y_width + 2 y_halo][16]
    __global float *restrict grad_w,          // [parts][KB][x_blocks][R][S][X_BLOCK][16]
    int images, int x_blocks, int x_height, int x_width, int x_halo, int y_blocks, int y_height, int y_width,
    int y_halo, int window_height, int window_width, int stride, int padding, int parts) {
  __local float x_tile[2 * DEPTH * X_PITCH] __attribute__((aligned(16)));
  __local float y_tile[2 * DEPTH * Y_PITCH] __attribute__((aligned(16)));
  const int item = get_local_id(0), part = get_group_id(2);
  const int window = window_height * window_width;
  const int x_row = (x_width + 2 * x_halo) * X_BLOCK, x_plane = (x_height + 2 * x_halo) * x_row;
  const int y_row = (y_width + 2 * y_halo) * 16, y_plane = (y_height + 2 * y_halo) * y_row;
  const int rows = x_blocks * window * X_BLOCK;
  const int first_row = (int)get_group_id(0) * TILE_ROWS;
  const int first_block = (int)get_group_id(1) * (TILE_OUTPUTS / 16);

  // Bytes from the first pixel to what this work-item loads of it. Past its end a tile loads its last row or block
  // again.
  uint x_at[X_LOADS], y_at[Y_LOADS];
#pragma unroll
  for (int l = 0; l < X_LOADS; l++) {
    const int u = item % PIXEL_ITEMS + l * PIXEL_ITEMS;
#if X_BLOCK == 16
    const int tap = min(first_row / 16 + u * X_TOGETHER / 16, rows / 16 - 1), c = u * X_TOGETHER % 16;
#else
    const int row = min(first_row + u * X_SHARE, rows - X_SHARE), tap = row / X_BLOCK, c = row % X_BLOCK;
#endif
    const int tap_row = tap % window / window_width - padding + x_halo;
    const int tap_column = tap % window_width - padding + x_halo;
    x_at[l] = X_BYTES * (tap / window * x_plane + tap_row * x_row + tap_column * X_BLOCK + c);
  }
#pragma unroll
  for (int l = 0; l < Y_LOADS; l++) {
    const int u = item % PIXEL_ITEMS + l * PIXEL_ITEMS;
    const int kb = min(first_block + u * Y_TOGETHER / 16, y_blocks - 1);
    y_at[l] = Y_BYTES * (kb * y_plane + y_halo * y_row + y_halo * 16 + u * Y_TOGETHER % 16);
  }

  float4 sum[8][QUADS];
#pragma unroll
  for (int p = 0; p < 8; p++) {
#pragma unroll
    for (int q = 0; q < QUADS; q++) sum[p][q] = 0.0f;
  }
  const int item_row = item / GROUP_COLUMNS, item_column = item % GROUP_COLUMNS;
  __local const float *x_read = x_tile + item_row * 4;
  __local const float *y_read = y_tile + item_column * 4;
  const int own = item / PIXEL_ITEMS;
  __local float *x_write = x_tile + own * X_PITCH + item % PIXEL_ITEMS * X_SHARE;
  __local float *y_write = y_tile + own * Y_PITCH + item % PIXEL_ITEMS * 4;
  x_loaded x_slice[X_LOADS];
  y_loaded y_slice[Y_LOADS];

  // The pixels of this part, 16 per step. A work-item loads every 8th, at `row` and `column` of its image and `x_moved`
  // and `y_moved` bytes from the first. Past the end it loads its first pixel again, with a gradient of zero.
  const int x_image = X_BYTES * x_blocks * x_plane, y_image = Y_BYTES * y_blocks * y_plane;
  const int x_line = X_BYTES * stride * x_row, x_pixel = X_BYTES * stride * X_BLOCK;
  const int y_line = Y_BYTES * y_row, y_pixel = Y_BYTES * 16;
  const int pixels = images * y_height * y_width;
  const int steps = (pixels + 15) / 16, part_steps = (steps + parts - 1) / parts;
  const int first = min(part * part_steps * 16, pixels), end = min(first + part_steps * 16, pixels);
#if ALIGNED
  int pixel = first;
  const int own_row = own / y_width % y_height, own_column = own % y_width, own_image = own / y_width / y_height;
#pragma unroll
  for (int l = 0; l < X_LOADS; l++) x_at[l] += own_image * x_image + own_row * x_line + own_column * x_pixel;
#pragma unroll
  for (int l = 0; l < Y_LOADS; l++) y_at[l] += own_image * y_image + own_row * y_line + own_column * y_pixel;
#else
  int pixel = first + own;
#endif
  const int start = pixel < end ? pixel : first;
  int column = start % y_width, row = start / y_width % y_height;
  const int image = start / y_width / y_height;
  uint x_moved = image * x_image + row * x_line + column * x_pixel;
  uint y_moved = image * y_image + row * y_line + column * y_pixel;
  // 8 pixels further: this many columns, rows and images, one row more at a row's end and one image more at an image's.
  const int columns_on = 8 % y_width, rows_on = 8 / y_width % y_height, images_on = 8 / y_width / y_height;
  const int x_on = images_on * x_image + rows_on * x_line + columns_on * x_pixel;
  const int y_on = images_on * y_image + rows_on * y_line + columns_on * y_pixel;
  const int x_next_row = x_line - y_width * x_pixel, y_next_row = y_line - y_width * y_pixel;
  const int x_next_image = x_image - y_height * x_line, y_next_image = y_image - y_height * y_line;
  if (first < end) {
    load_x(x, x_at, x_moved, x_slice);
    load_y(grad_y, y_at, y_moved, pixel < end, y_slice);
    store_x(x_slice, x_write);
    store_y(y_slice, y_write);
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int taken = first; taken < end; taken += 16) {
#pragma unroll
    for (int h = 0; h < 2; h++) {
      pixel += 8;
      if (pixel < end) {
        x_moved += x_on;
        y_moved += y_on;
        column += columns_on;
        row += rows_on;
        if (column >= y_width) {
          column -= y_width;
          row++;
          x_moved += x_next_row;
          y_moved += y_next_row;
        }
        if (row >= y_height) {
          row -= y_height;
          x_moved += x_next_image;
          y_moved += y_next_image;
        }
      }
      load_x(x, x_at, x_moved, x_slice);
      load_y(grad_y, y_at, y_moved, pixel < end, y_slice);
      multiply(x_read + h * DEPTH * X_PITCH, y_read + h * DEPTH * Y_PITCH, sum);
      store_x(x_slice, x_write + (1 - h) * DEPTH * X_PITCH);
      store_y(y_slice, y_write + (1 - h) * DEPTH * Y_PITCH);
      barrier(CLK_LOCAL_MEM_FENCE);
    }
  }

#pragma unroll
  for (int p = 0; p < 8; p++) {
    const int place = X_TOGETHER == 8 ? item_row * 8 + p : p / 4 * (TILE_ROWS / 2) + item_row * 4 + p % 4;
    const int row = first_row + place;
    if (row < rows) {
#pragma unroll
      for (int q = 0; q < QUADS; q++) {
        const int k = Y_TOGETHER == 8 ? item_column * 8 + q * 4 : q * (TILE_OUTPUTS / QUADS) + item_column * 4;
        const int kb = first_block + k / 16;
        if (kb < y_blocks) {
          *(__global float4 *)(grad_w + (((size_t)part * y_blocks + kb) * rows + row) * 16 + k % 16) = sum[p][q];
        }
      }
    }
  }
}

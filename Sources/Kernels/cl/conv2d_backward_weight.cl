// grad_w[k,c,r,s] = sum over n, oy, ox of x[n,c,oy*stride-padding+r,ox*stride-padding+s] grad_y[n,k,oy,ox].
// A row of the window in a block of x is S * channels floats side by side; a tile is TILE_ROWS such rows x TILE_COLUMNS
// floats x TILE_OUTPUTS blocks of 16 outputs. A work-item owns tiles_per_item tiles side by side for the rows of pixels
// of one part, taken rows_per_pass at a time; sum_partials adds the parts up.
// Defines: X_BLOCK, FILTER_BLOCK, GRADIENT_BLOCK (channels side by side in x, grad_w, grad_y); TILE_ROWS, TILE_COLUMNS.
#ifndef X_BLOCK
#define X_BLOCK 16
#endif
#ifndef FILTER_BLOCK
#define FILTER_BLOCK 16
#endif
#ifndef GRADIENT_BLOCK
#define GRADIENT_BLOCK 16
#endif
#ifndef TILE_ROWS
#define TILE_ROWS 1
#endif
#ifndef TILE_COLUMNS
#define TILE_COLUMNS 16
#endif
#ifndef TILE_OUTPUTS
#define TILE_OUTPUTS 1
#endif
// Every sum of a tile.
#define FOR_TILE                                           \
  _Pragma("unroll") for (int i = 0; i < TILE_ROWS; ++i)    \
  _Pragma("unroll") for (int j = 0; j < TILE_COLUMNS; ++j) \
  _Pragma("unroll") for (int k = 0; k < TILE_OUTPUTS; ++k)
#define CHANNELS (X_BLOCK < FILTER_BLOCK ? X_BLOCK : FILTER_BLOCK)

static float16 load_gradient(__global const float* at) {
#if GRADIENT_BLOCK == 16
  return vload16(0, at);
#else
  float lanes[16] = {0};
  for (int k = 0; k < GRADIENT_BLOCK; ++k) lanes[k] = at[k];
  return vload16(0, lanes);
#endif
}

__kernel void conv2d_backward_weight(
    __global const float* restrict x,       // [N][x_blocks][x_height + 2 x_halo][x_width + 2 x_halo][X_BLOCK]
    __global const float* restrict grad_y,  // [N][y_blocks][y_height + 2 y_halo][y_width + 2 y_halo][GRADIENT_BLOCK]
    __global float* restrict grad_w,        // [parts][y_blocks][x_blocks][R][S][FILTER_BLOCK][16]
    int images, int x_blocks, int x_height, int x_width, int x_halo,
    int y_blocks, int y_height, int y_width, int y_halo,
    int window_height, int window_width, int stride, int padding, int clipped,
    int tiles_per_item, int rows_per_part, int rows_per_pass) {
  const int columns = window_width * CHANNELS;
  const int row_tiles = columns / TILE_COLUMNS;
  const int row_items = (row_tiles + tiles_per_item - 1) / tiles_per_item;
  const int row_groups = window_height / TILE_ROWS;
  const int item = get_global_id(0), kb = get_global_id(1) * TILE_OUTPUTS, part = get_global_id(2);
  const int cb = item / (row_items * row_groups);
  const int r = item / row_items % row_groups * TILE_ROWS;
  const int first_tile = item % row_items * tiles_per_item;
  const int end_tile = min(first_tile + tiles_per_item, row_tiles);
  if (cb >= x_blocks) return;

  const int x_row = (x_width + 2 * x_halo) * X_BLOCK, x_plane = (x_height + 2 * x_halo) * x_row;
  const int y_row = (y_width + 2 * y_halo) * GRADIENT_BLOCK, y_plane = (y_height + 2 * y_halo) * y_row;
  // Pixels side by side; of 1 x 1 maps, the images are.
  const int one_pixel = y_height * y_width == 1;
  const int rows = one_pixel ? 1 : images * y_height, row_pixels = one_pixel ? images : y_width;
  const int x_step = one_pixel ? x_blocks * x_plane : stride * X_BLOCK;
  const int y_step = one_pixel ? y_blocks * y_plane : GRADIENT_BLOCK;

  const int first_row = part * rows_per_part;
  const int end_row = min((part + 1) * rows_per_part, rows);
  const int filter_row = window_width * FILTER_BLOCK * 16, filter_block = x_blocks * window_height * filter_row;
  grad_w += ((size_t)((part * y_blocks + kb) * x_blocks + cb) * window_height + r) * filter_row;
  x += cb * x_plane + (x_halo - padding + r) * x_row + (x_halo - padding) * X_BLOCK;
  grad_y += kb * y_plane + y_halo * y_row + y_halo * GRADIENT_BLOCK;

  for (int row = first_row; row < end_row; row += rows_per_pass) {
    const int pass_end = min(row + rows_per_pass, end_row);
    for (int tile = first_tile; tile < end_tile; ++tile) {
      const int column = tile * TILE_COLUMNS;
      const int s = column / CHANNELS, c = column % CHANNELS;
      __global float* at_w = grad_w + (s * FILTER_BLOCK + c) * 16;
      float16 sum[TILE_ROWS * TILE_COLUMNS * TILE_OUTPUTS];
      FOR_TILE {
        sum[(i * TILE_COLUMNS + j) * TILE_OUTPUTS + k] =
            row == first_row ? (float16)(0.0f) : vload16(0, at_w + k * filter_block + i * filter_row + j * 16);
      }

      // Where padding reaches past the halo, pixels whose tap (r, s) lies outside x are left out.
      int first_pixel = 0, end_pixel = row_pixels;
      if (clipped && !one_pixel) {
        first_pixel = max(0, (padding - s + stride - 1) / stride);
        end_pixel = min(y_width, (x_width + padding - s + stride - 1) / stride);
      }
      const int n = one_pixel ? 0 : row / y_height;
      int oy = one_pixel ? 0 : row % y_height;
      __global const float* row_x =
          x + n * x_blocks * x_plane + oy * stride * x_row + first_pixel * x_step + s * X_BLOCK + c;
      __global const float* row_y = grad_y + n * y_blocks * y_plane + oy * y_row + first_pixel * y_step;
      for (int at_row = row; at_row < pass_end; ++at_row) {
        const int iy = oy * stride - padding + r, ix = s - padding;
        const int inside = !clipped || (iy >= 0 && iy < x_height && (!one_pixel || (ix >= 0 && ix < x_width)));
        if (inside) {
          __global const float* at_x = row_x;
          __global const float* at_y = row_y;
          for (int pixel = first_pixel; pixel < end_pixel; ++pixel) {
            float16 gradient[TILE_OUTPUTS];
#pragma unroll
            for (int k = 0; k < TILE_OUTPUTS; ++k) gradient[k] = load_gradient(at_y + k * y_plane);
            FOR_TILE {
              const int t = (i * TILE_COLUMNS + j) * TILE_OUTPUTS + k;
              sum[t] = fma((float16)(at_x[i * x_row + j]), gradient[k], sum[t]);
            }
            at_x += x_step;
            at_y += y_step;
          }
        }
        row_x += stride * x_row;
        row_y += y_row;
        if (++oy == y_height) {
          oy = 0;
          row_x += x_blocks * x_plane - y_height * stride * x_row;
          row_y += y_blocks * y_plane - y_height * y_row;
        }
      }
      FOR_TILE {
        vstore16(sum[(i * TILE_COLUMNS + j) * TILE_OUTPUTS + k], 0, at_w + k * filter_block + i * filter_row + j * 16);
      }
    }
  }
}

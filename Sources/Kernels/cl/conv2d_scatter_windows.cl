// Transposed convolution for images, with few channels c, from products with whole windows:
// z[n,iy,ix,(r,s,c)] = sum_k x[n,k,iy,ix] w[k,c,r,s], which conv2d_gather computes as a 1 x 1 convolution, and
// y[n,c,oy,ox] = b[c] + sum of z[n,iy,ix,(r,s,c)] over the taps with iy * step = oy + padding - r, and likewise for ix.

// w as the filter of that 1 x 1 convolution: panels[zb][kb][k][j] = w[kb][16 zb + j][k], zero past the window.
// A work-item owns one block of 16 k.
__kernel __attribute__((vec_type_hint(float16))) void filter_windows(
    __global const float *restrict w,  // [panel_blocks][window][16], window = (r, s, c)
    __global float *restrict panels,   // [window_blocks][panel_blocks][16 k][16]
    int panel_blocks, int window) {
  const int kb = get_global_id(0);
  w += (size_t)kb * window * 16;
  for (int zb = 0; zb * 16 < window; zb++) {
    for (int j = 0; j < 16; j++) {
      for (int k = 0; k < 16; k++) {
        const int at = zb * 16 + j;
        panels[((size_t)(zb * panel_blocks + kb) * 16 + k) * 16 + j] = at < window ? w[at * 16 + k] : 0.0f;
      }
    }
  }
}

// y from z, by the formula above.
// A work-item owns rows_per_item of the N * y_height rows of y.
// Defines: FILTER_BLOCK, Y_BLOCK (contiguous channels of a window, of y).
#ifndef FILTER_BLOCK
#define FILTER_BLOCK 1
#endif
#ifndef Y_BLOCK
#define Y_BLOCK 1
#endif
__kernel __attribute__((vec_type_hint(float16))) void conv2d_scatter_windows(
    __global const float *restrict z,  // [N][window_blocks][x_height][x_width][16]
    __global const float *restrict b,  // [16], read where has_bias
    __global float *restrict y,        // [N][y_height + 2 y_halo][y_width + 2 y_halo][Y_BLOCK]
    int has_bias, int images, int x_height, int x_width, int y_height, int y_width, int y_halo, int window_height,
    int window_width, int step, int padding, int rows_per_item) {
  const int window_blocks = (window_height * window_width * FILTER_BLOCK + 15) / 16;
  const int first = (int)get_global_id(0) * rows_per_item;
  for (int line = first; line < min(first + rows_per_item, images * y_height); line++) {
    const int n = line / y_height, oy = line % y_height;
    __global const float *z_image = z + (size_t)n * window_blocks * x_height * x_width * 16;
    __global float *row =
        y + ((size_t)(n * (y_height + 2 * y_halo) + oy + y_halo) * (y_width + 2 * y_halo) + y_halo) * Y_BLOCK;
    for (int i = 0; i < y_width * Y_BLOCK; i++) row[i] = has_bias ? b[i % Y_BLOCK] : 0.0f;
    for (int r = (oy + padding) % step, iy = (oy + padding) / step; r < window_height; r += step, iy--) {
      if (iy < 0 || iy >= x_height) continue;
      for (int s = 0; s < window_width; s++) {
        // Pixels ix of z whose tap s falls on a pixel of the row.
        const int first_ix = max(0, (padding - s + step - 1) / step);
        const int end_ix = min(x_width, (y_width + padding - s + step - 1) / step);
        for (int c = 0; c < Y_BLOCK; c++) {
          const int j = (r * window_width + s) * FILTER_BLOCK + c;
          __global const float *products = z_image + (j / 16 * x_height + iy) * x_width * 16 + j % 16;
          __global float *met = row + (s - padding) * Y_BLOCK + c;
          for (int ix = first_ix; ix < end_ix; ix++) met[ix * step * Y_BLOCK] += products[ix * 16];
        }
      }
    }
  }
}

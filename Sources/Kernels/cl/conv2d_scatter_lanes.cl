// Transposed convolution for few channels c: y[n,c,oy,ox] = b[c] + sum_k,r,s x[n,k,iy,ix] w[k,c,r,s] over the taps with
// iy * step = oy + padding - r, ix alike. The 16 lanes run over k, so w is read as stored and lanes are added up last.
// Pixels of y form step x step phases, by the taps that they see.
// A work-item owns tiles of TILE_PIXELS pixels of one phase and all channels c of a block, TILE_CHANNELS at a time.
// Defines: FILTER_BLOCK, Y_BLOCK (channels c side by side in w and y).
#ifndef FILTER_BLOCK
#define FILTER_BLOCK 16
#endif
#ifndef Y_BLOCK
#define Y_BLOCK 16
#endif
#ifndef TILE_PIXELS
#define TILE_PIXELS 4
#endif
#ifndef TILE_CHANNELS
#define TILE_CHANNELS 4
#endif
#define CHANNELS (Y_BLOCK < FILTER_BLOCK ? Y_BLOCK : FILTER_BLOCK)

static float sum_lanes(float16 v) {
  const float8 a = v.lo + v.hi;
  const float4 b = a.lo + a.hi;
  const float2 c = b.lo + b.hi;
  return c.x + c.y;
}

__kernel void conv2d_scatter_lanes(
    __global const float* restrict x,  // [N][x_blocks][x_height + 2 x_halo][x_width + 2 x_halo][16]
    __global const float* restrict w,  // [x_blocks][y_blocks][R][S][FILTER_BLOCK][16]
    __global const float* restrict b,  // [y_blocks][16], read where has_bias
    __global float* restrict y,        // [N][y_blocks][y_height + 2 y_halo][y_width + 2 y_halo][Y_BLOCK]
    int has_bias, int images, int x_blocks, int x_height, int x_width, int x_halo,
    int y_blocks, int y_height, int y_width, int y_halo,
    int window_height, int window_width, int step, int padding, int image_order, int tiles_per_item) {
  const int cb = get_global_id(1);
  const int phase_y = (int)get_global_id(2) / step, phase_x = (int)get_global_id(2) % step;
  const int residue_y = (phase_y + padding) % step, residue_x = (phase_x + padding) % step;
  const int taps_y = (window_height - residue_y + step - 1) / step;
  const int taps_x = (window_width - residue_x + step - 1) / step;
  const int origin_y = (phase_y + padding) / step, origin_x = (phase_x + padding) / step;

  const int rows = (y_height - phase_y + step - 1) / step, columns = (y_width - phase_x + step - 1) / step;
  const int image_tiles = (images + TILE_PIXELS - 1) / TILE_PIXELS;
  const int pixels = images * rows * columns;
  const int tiles = image_order ? rows * columns * image_tiles : (pixels + TILE_PIXELS - 1) / TILE_PIXELS;
  const int x_row = (x_width + 2 * x_halo) * 16, x_plane = (x_height + 2 * x_halo) * x_row;
  const int y_row = (y_width + 2 * y_halo) * Y_BLOCK, y_plane = (y_height + 2 * y_halo) * y_row;

  const int first = (int)get_global_id(0) * tiles_per_item;
  const int end = min(first + tiles_per_item, tiles);
  for (int tile = first; tile < end; ++tile) {
    // Tiles run over pixels, image by image; or in image order over the images of one pixel, whose taps are clipped.
    int n, row, column, valid;
    if (image_order) {
      n = tile % image_tiles * TILE_PIXELS;
      row = tile / image_tiles / columns;
      column = tile / image_tiles % columns;
      valid = images - n;
    } else {
      const int pixel = tile * TILE_PIXELS;
      n = pixel / (rows * columns);
      row = pixel % (rows * columns) / columns;
      column = pixel % columns;
      valid = pixels - pixel;
    }
    int i_begin = 0, i_end = taps_y, j_begin = 0, j_end = taps_x;
    if (image_order) {
      i_begin = max(0, row + origin_y - (x_height - 1));
      i_end = min(taps_y, row + origin_y + 1);
      j_begin = max(0, column + origin_x - (x_width - 1));
      j_end = min(taps_x, column + origin_x + 1);
    }

    int x_at[TILE_PIXELS], y_at[TILE_PIXELS];
#pragma unroll
    for (int p = 0; p < TILE_PIXELS; ++p) {
      x_at[p] = n * x_blocks * x_plane + (row + origin_y + x_halo) * x_row + (column + origin_x + x_halo) * 16;
      y_at[p] = (n * y_blocks + cb) * y_plane + (phase_y + row * step + y_halo) * y_row +
                (phase_x + column * step + y_halo) * Y_BLOCK;
      if (p + 1 < valid) {
        if (image_order) {
          ++n;
        } else if (++column == columns) {
          column = 0;
          if (++row == rows) { row = 0; ++n; }
        }
      }
    }

    for (int c = 0; c < CHANNELS; c += TILE_CHANNELS) {
      float16 sum[TILE_PIXELS * TILE_CHANNELS];
#pragma unroll
      for (int t = 0; t < TILE_PIXELS * TILE_CHANNELS; ++t) sum[t] = 0.0f;
      for (int kb = 0; kb < x_blocks; ++kb) {
        for (int i = i_begin; i < i_end; ++i) {
          for (int j = j_begin; j < j_end; ++j) {
            const int tap = (residue_y + i * step) * window_width + residue_x + j * step;
            __global const float* at_w =
                w + (((kb * y_blocks + cb) * window_height * window_width + tap) * FILTER_BLOCK + c) * 16;
            __global const float* at_x = x + kb * x_plane - i * x_row - j * 16;
            float16 weights[TILE_CHANNELS];
#pragma unroll
            for (int u = 0; u < TILE_CHANNELS; ++u) weights[u] = vload16(u, at_w);
#pragma unroll
            for (int p = 0; p < TILE_PIXELS; ++p) {
              const float16 values = vload16(0, at_x + x_at[p]);
#pragma unroll
              for (int u = 0; u < TILE_CHANNELS; ++u) {
                sum[p * TILE_CHANNELS + u] = fma(values, weights[u], sum[p * TILE_CHANNELS + u]);
              }
            }
          }
        }
      }
#pragma unroll
      for (int p = 0; p < TILE_PIXELS; ++p) {
#pragma unroll
        for (int u = 0; u < TILE_CHANNELS; ++u) {
          const float bias = has_bias ? b[cb * 16 + c + u] : 0.0f;
          if (p < valid) y[y_at[p] + c + u] = sum_lanes(sum[p * TILE_CHANNELS + u]) + bias;
        }
      }
    }
  }
}

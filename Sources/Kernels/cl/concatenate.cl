// Copies `count` channels of src, from src_first on, to dst, from dst_first on.  Features (N, *, H, W).
// One item: `rows_per_item` of the N * H rows of pixels.
__kernel void copy_channels(
    __global const float *restrict src,  // [N][src blocks][H+2h][W+2h][src block]
    __global float *restrict dst,        // [N][dst blocks][H+2h][W+2h][dst block]
    int src_channels, int src_first, int dst_channels, int dst_first, int count, int rows, int rows_per_item,
    int height, int width) {
  Features s, d;
  set_features(&s, src_channels, height, width);
  set_features(&d, dst_channels, height, width);
  const int first = get_global_id(0) * rows_per_item;
  const int last = min(first + rows_per_item, rows);
  for (int row = first; row < last; row++) {
    for (int c = 0; c < count; c++) {
      const int from = src_first + c, to = dst_first + c;
      __global const float *p = src + row_offset(s, row, from / s.block) + from % s.block;
      __global float *q = dst + row_offset(d, row, to / d.block) + to % d.block;
      for (int i = 0; i < width; i++) q[i * d.block] = p[i * s.block];
    }
  }
}

// The same where src_first, dst_first and count are whole blocks of 16 channels: copies planes, zero halo included.
// One item: one plane.
__kernel void copy_channel_blocks(
    __global const float *restrict src,  // [N][src_blocks][plane][16]
    __global float *restrict dst,        // [N][dst_blocks][plane][16]
    int src_blocks, int src_first_block, int dst_blocks, int dst_first_block, int plane) {
  const int block = get_global_id(0), n = get_global_id(1);
  __global const float *p = src + ((size_t)n * src_blocks + src_first_block + block) * plane * 16;
  __global float *q = dst + ((size_t)n * dst_blocks + dst_first_block + block) * plane * 16;
  for (int i = 0; i < plane; i++) vstore16(vload16(i, p), i, q);
}

// Copies `count` channels of src, from src_first on, to dst, from dst_first on.  Features (N, *, H, W).
// Where src has fewer rows, dst gets them again and again; where it has `terms` times as many, dst gets their sum.
// One item: `rows_per_item` of the N * H rows of pixels of dst.
__kernel __attribute__((vec_type_hint(float16))) void copy_channels(
    __global const float *restrict src,  // [N of src][src blocks][H+2h][W+2h][src block]
    __global float *restrict dst,        // [N][dst blocks][H+2h][W+2h][dst block]
    int src_channels, int src_first, int src_rows, int terms, int dst_channels, int dst_first, int count, int rows,
    int rows_per_item, int height, int width) {
  Features s, d;
  set_features(&s, src_channels, height, width);
  set_features(&d, dst_channels, height, width);
  if (d.halo == 0) {
    // A vector's channels all lie side by side.
    s.block *= s.blocks;
    d.block *= d.blocks;
    s.blocks = d.blocks = 1;
  }
  const int first = get_global_id(0) * rows_per_item;
  const int last = min(first + rows_per_item, rows);
  for (int row = first; row < last; row++) {
    for (int c = 0, run; c < count; c += run) {
      const int from = src_first + c, to = dst_first + c;
      run = min(count - c, min(s.block - from % s.block, d.block - to % d.block));
      __global float *q = dst + row_offset(d, row, to / d.block) + to % d.block;
      for (int t = 0; t < terms; t++) {
        __global const float *p = src + row_offset(s, row % src_rows + t * rows, from / s.block) + from % s.block;
        for (int i = 0; i < width; i++) {
          for (int j = 0; j < run; j++) q[i * d.block + j] = p[i * s.block + j] + (t > 0 ? q[i * d.block + j] : 0.0f);
        }
      }
    }
  }
}

// The same where src_first, dst_first and count are whole blocks of 16 channels: copies planes, zero halo included.
// One item: one plane.
__kernel __attribute__((vec_type_hint(float16))) void copy_channel_blocks(
    __global const float *restrict src,  // [N of src][src_blocks][plane][16]
    __global float *restrict dst,        // [N][dst_blocks][plane][16]
    int src_blocks, int src_first_block, int src_images, int terms, int dst_blocks, int dst_first_block, int images,
    int plane) {
  const int block = get_global_id(0), n = get_global_id(1);
  __global const float *p = src + ((size_t)(n % src_images) * src_blocks + src_first_block + block) * plane * 16;
  __global float *q = dst + ((size_t)n * dst_blocks + dst_first_block + block) * plane * 16;
  for (int i = 0; i < plane; i++) {
    float16 sum = vload16(i, p);
    for (int t = 1; t < terms; t++) sum += vload16(i, p + (size_t)t * images * src_blocks * plane * 16);
    vstore16(sum, i, q);
  }
}

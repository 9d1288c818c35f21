// Concatenation of channels, and its gradient.
// Defines: SOURCE_HALF, TARGET_HALF (1 if src, dst are stored as half).
#if SOURCE_HALF
typedef half source;
#define LOAD(at, p) vload_half(at, p)
#define LOAD_BLOCK(at, p) vload_half16(at, p)
#else
typedef float source;
#define LOAD(at, p) (p)[at]
#define LOAD_BLOCK(at, p) vload16(at, p)
#endif
#if TARGET_HALF
typedef half target;
#define STORE(v, at, p) vstore_half_rte(v, at, p)
#define LOADED(at, p) vload_half(at, p)
#define STORE_BLOCK(v, at, p) vstore_half16_rte(v, at, p)
#else
typedef float target;
#define STORE(v, at, p) (p)[at] = v
#define LOADED(at, p) (p)[at]
#define STORE_BLOCK(v, at, p) vstore16(v, at, p)
#endif

// dst[:, dst_first + i] = src[:, src_first + i] for i < count.  src, dst: features (N, *, H, W).
// If src has fewer rows than dst, they are repeated; if it has `terms` times as many, they are summed.
// A work-item owns `rows_per_item` of the N * H rows of pixels of dst.
__kernel __attribute__((vec_type_hint(float16))) void copy_channels(
    __global const source *restrict src,  // [N of src][src blocks][H+2h][W+2h][src block]
    __global target *restrict dst,        // [N][dst blocks][H+2h][W+2h][dst block]
    int src_channels, int src_first, int src_rows, int terms, int dst_channels, int dst_first, int count, int rows,
    int rows_per_item, int height, int width) {
  Features s, d;
  set_features(&s, src_channels, height, width);
  set_features(&d, dst_channels, height, width);
  if (d.halo == 0) {
    // All channels of a vector are contiguous.
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
      __global target *q = dst + row_offset(d, row, to / d.block) + to % d.block;
      for (int t = 0; t < terms; t++) {
        __global const source *p = src + row_offset(s, row % src_rows + t * rows, from / s.block) + from % s.block;
        for (int i = 0; i < width; i++) {
          for (int j = 0; j < run; j++) {
            const float term = LOAD(i * s.block + j, p), before = t > 0 ? LOADED(i * d.block + j, q) : 0.0f;
            STORE(term + before, i * d.block + j, q);
          }
        }
      }
    }
  }
}

// copy_channels if src_first, dst_first and count are multiples of 16: copies planes, with their halo of zeros.
// A work-item owns one plane.
__kernel __attribute__((vec_type_hint(float16))) void copy_channel_blocks(
    __global const source *restrict src,  // [N of src][src_blocks][plane][16]
    __global target *restrict dst,        // [N][dst_blocks][plane][16]
    int src_blocks, int src_first_block, int src_images, int terms, int dst_blocks, int dst_first_block, int images,
    int plane) {
  const int block = get_global_id(0), n = get_global_id(1);
  __global const source *p = src + ((size_t)(n % src_images) * src_blocks + src_first_block + block) * plane * 16;
  __global target *q = dst + ((size_t)n * dst_blocks + dst_first_block + block) * plane * 16;
  for (int i = 0; i < plane; i++) {
    float16 sum = LOAD_BLOCK(i, p);
    for (int t = 1; t < terms; t++) sum += LOAD_BLOCK(i, p + (size_t)t * images * src_blocks * plane * 16);
    STORE_BLOCK(sum, i, q);
  }
}

// wide = x with a halo of `halo` zero pixels instead of its own.  x: features (N, C, H, W).
// A work-item owns one element; neighbouring work-items own neighbouring elements.
__kernel void widen_halo(
    __global const stored_bits *restrict x,  // [N][blocks][H+2h][W+2h][block]
    __global stored_bits *restrict wide,     // [N][blocks][H+2halo][W+2halo][block]
    int items, int halo, int channels, int height, int width) {
  Features f;
  set_features(&f, channels, height, width);
  const int item = get_global_id(0);
  if (item >= items) return;
  const int columns = width + 2 * halo, all = (height + 2 * halo) * columns;
  const int lane = item % f.block, plane = item / f.block / all, pixel = item / f.block % all;
  const int row = pixel / columns - halo, column = pixel % columns - halo;
  const bool is_inside = row >= 0 && row < height && column >= 0 && column < width;
  const size_t line = (size_t)plane * (height + 2 * f.halo) + f.halo + row;
  wide[item] = is_inside ? x[(line * (width + 2 * f.halo) + f.halo + column) * f.block + lane] : (stored_bits)0;
}

// Feature maps from half to float and back, for kernels that take floats only.

// y = x, padding included.
// One item: four elements, and neighbours own neighbouring ones.
__kernel void floats_from_halves(
    __global const half *restrict x,  // [4 items]
    __global float *restrict y) {     // [4 items]
  const size_t at = 4 * get_global_id(0);
  *(__global float4 *)(y + at) = load_halves(x + at);
}

// y = x where features (N, C, H, W) have elements; whatever lies between them stays as it is.
// One item: one element or one that is padding, and neighbours own neighbouring ones.
__kernel void halves_from_floats(
    __global const float *restrict x,  // [N][blocks][H+2h][W+2h][block]
    __global half *restrict y,         // [N][blocks][H+2h][W+2h][block]
    int items, int channels, int height, int width) {
  Features f;
  set_features(&f, channels, height, width);
  const int item = get_global_id(0);
  if (item >= items) return;
  const int columns = width + 2 * f.halo, lines = height + 2 * f.halo;
  const int pixel = item / f.block, column = pixel % columns - f.halo, row = pixel / columns % lines - f.halo;
  const int lane = item % f.block, cb = pixel / columns / lines % f.blocks;
  const bool is_inside = row >= 0 && row < height && column >= 0 && column < width;
  if (is_inside && lane < real_lanes(f, cb)) vstore_half_rte(x[item], item, y);
}

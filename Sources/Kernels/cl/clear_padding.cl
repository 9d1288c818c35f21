// x = 0 wherever the device form of features (N, C, H, W) holds no element: in the halo and in padding channels.
// One item: `run` of the N * blocks * (H + 2h) rows, halo rows included.
__kernel void clear_padding(
    __global float *x,  // [N][blocks][H+2h][W+2h][block]
    int rows, int run, int channels, int height, int width) {
  Features f;
  set_features(&f, channels, height, width);
  const int lines = height + 2 * f.halo, pixels = width + 2 * f.halo;
  const int first = get_global_id(0) * run;
  const int last = min(first + run, rows);
  for (int row = first; row < last; row++) {
    __global float *line = x + (size_t)row * pixels * f.block;
    const int y = row % lines - f.halo;
    const bool isHalo = y < 0 || y >= height;
    const int lanes = real_lanes(f, row / lines % f.blocks);
    // Whole blocks of a row within the map have padding at its ends alone.
    const int step = isHalo || lanes < f.block ? 1 : max(pixels - 1, 1);
    for (int p = 0; p < pixels; p += step) {
      const bool isPadding = isHalo || p < f.halo || p >= pixels - f.halo;
      for (int i = isPadding ? 0 : lanes; i < f.block; i++) line[p * f.block + i] = 0.0f;
    }
  }
}

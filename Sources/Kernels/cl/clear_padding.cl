// x = 0 in the halo and in the padding channels of features (N, C, H, W).
// A work-item owns `run` of the N * blocks * (H + 2h) rows, halo rows included.
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
    // A row within the map whose channels are all real has padding only at its ends.
    const bool isAtEnds = !isHalo && lanes >= f.block;
    for (int p = 0; p < pixels; p++) {
      if (isAtEnds && p == f.halo) p += width;
      if (p >= pixels) break;
      const bool isPadding = isHalo || p < f.halo || p >= pixels - f.halo;
      for (int i = isPadding ? 0 : lanes; i < f.block; i++) line[p * f.block + i] = 0.0f;
    }
  }
}

// clear_padding for GPUs. `pixels` of each channel block of an image are visited: all of them if there are padding
// channels, else only the halo: first its top and bottom rows, then the left and right ends of the rows between.
// A work-item owns one element; neighbouring work-items own neighbouring elements.
__kernel void clear_padding_elements(
    __global stored_bits *x,  // [N][blocks][H+2h][W+2h][block]
    int items, int pixels, int channels, int height, int width) {
  Features f;
  set_features(&f, channels, height, width);
  const int item = get_global_id(0);
  if (item >= items) return;
  const int i = item % f.block, plane = item / f.block / pixels, rowPixels = width + 2 * f.halo;
  const int all = (height + 2 * f.halo) * rowPixels, ends = 2 * f.halo;
  int p = item / f.block % pixels;
  if (pixels < all) {
    const int besides = p - ends * rowPixels;
    if (besides >= 0) {
      const int end = besides % ends;
      p = (f.halo + besides / ends) * rowPixels + (end < f.halo ? end : end + width);
    } else if (p >= f.halo * rowPixels) {
      p += height * rowPixels;
    }
  }
  const int y = p / rowPixels - f.halo, place = p % rowPixels - f.halo;
  const bool isHalo = y < 0 || y >= height || place < 0 || place >= width;
  if (isHalo || i >= real_lanes(f, plane % f.blocks)) x[((size_t)plane * all + p) * f.block + i] = 0;
}

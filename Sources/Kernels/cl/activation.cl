// y = f(x) where f(0) = 0.  x, y: any layout, `count` floats with padding.
// A work-item owns `run` vectors.
__kernel __attribute__((vec_type_hint(vector))) void activation_forward(
    __global const stored *restrict x,  // [count]
    __global stored *restrict y,        // [count]
    int activation, float slope, int count, int run) {
  const int first = get_global_id(0) * run;
  const int last = min(first + run, (count + LANES - 1) / LANES);
  for (int i = first; i < last; i++) {
    const int lanes = min(LANES, count - LANES * i);
    store_stored(activate(load_stored(x + LANES * i, lanes), activation, slope), y + LANES * i, lanes);
  }
}

// y = 1 / (1 + exp(-x)), written to real elements only, because f(0) is not 0.  x, y: features (N, C, H, W).
// A work-item owns `rows_per_item` of the N * H rows of pixels of one channel block.
__kernel __attribute__((vec_type_hint(vector))) void sigmoid_forward(
    __global const float *restrict x,  // [N][blocks][H+2h][W+2h][block]
    __global float *restrict y,        // [N][blocks][H+2h][W+2h][block]
    int rows, int rows_per_item, int channels, int height, int width) {
  Features f;
  set_features(&f, channels, height, width);
  const int cb = get_global_id(1);
  const int first = get_global_id(0) * rows_per_item;
  const int last = min(first + rows_per_item, rows);
  const int lanes = real_lanes(f, cb);
  // A row without padding channels is one segment of contiguous floats; otherwise each pixel is one.
  const int segments = lanes == f.block ? 1 : width;
  const int length = lanes == f.block ? width * f.block : lanes;
  for (int row = first; row < last; row++) {
    const size_t offset = row_offset(f, row, cb);
    for (int s = 0; s < segments; s++) {
      for (int i = 0; i < length; i += LANES) {
        const size_t at = offset + s * f.block + i;
        const int part = min(LANES, length - i);
        store_lanes(logistic(load_lanes(x + at, part)), y + at, part);
      }
    }
  }
}

// sigmoid_forward for GPUs.  rows = N * H.
// A work-item owns one channel of a pixel.
__kernel __attribute__((vec_type_hint(vector))) void sigmoid_forward_elements(
    __global const stored *restrict x,  // [N][blocks][H+2h][W+2h][block]
    __global stored *restrict y,        // [N][blocks][H+2h][W+2h][block]
    int channels, int height, int width) {
  Features f;
  set_features(&f, channels, height, width);
  const int i = get_global_id(0), row = get_global_id(1), cb = get_global_id(2);
  if (i % f.block >= real_lanes(f, cb)) return;
  const size_t at = row_offset(f, row, cb) + i;
#if HALF
  vstore_half_rte(1.0f / (1.0f + exp(-vload_half(at, x))), at, y);
#else
  y[at] = 1.0f / (1.0f + exp(-x[at]));
#endif
}

// grad_x = grad_y * f'(x), with f' from y = f(x).  y, grad_y, grad_x: any layout, `count` floats with padding.
// A work-item owns `run` vectors.
__kernel __attribute__((vec_type_hint(vector))) void activation_backward(
    __global const stored *restrict y,       // [count]
    __global const stored *restrict grad_y,  // [count]
    __global stored *restrict grad_x,        // [count]
    int activation, float slope, int count, int run) {
  const int first = get_global_id(0) * run;
  const int last = min(first + run, (count + LANES - 1) / LANES);
  for (int i = first; i < last; i++) {
    const int lanes = min(LANES, count - LANES * i);
    const vector g = load_stored(grad_y + LANES * i, lanes);
    store_stored(g * slope_at_output(load_stored(y + LANES * i, lanes), activation, slope), grad_x + LANES * i, lanes);
  }
}

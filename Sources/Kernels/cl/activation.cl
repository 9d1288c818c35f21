// y = f(x) where f(0) = 0.  x, y: any layout, `count` floats with padding.
// One item: `run` vectors of 16 floats.
__kernel void activation_forward(
    __global const float *restrict x,  // [count]
    __global float *restrict y,        // [count]
    int activation, float slope, int count, int run) {
  const int first = get_global_id(0) * run;
  const int last = min(first + run, (count + 15) / 16);
  for (int i = first; i < last; i++) {
    const int lanes = min(16, count - 16 * i);
    store_lanes(activate(load_lanes(x + 16 * i, lanes), activation, slope), y + 16 * i, lanes);
  }
}

// y = 1 / (1 + exp(-x)), written to real elements only, as f(0) is not 0.  x, y: features (N, C, H, W).
// One item: `rows_per_item` of the N * H rows of pixels, in one channel block.
__kernel void sigmoid_forward(
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
      for (int i = 0; i < length; i += 16) {
        const size_t at = offset + s * f.block + i;
        const int part = min(16, length - i);
        store_lanes(logistic(load_lanes(x + at, part)), y + at, part);
      }
    }
  }
}

// grad_x = grad_y * f'(x), with f' from y = f(x).  y, grad_y, grad_x: any layout, `count` floats with padding.
// One item: `run` vectors of 16 floats.
__kernel void activation_backward(
    __global const float *restrict y,       // [count]
    __global const float *restrict grad_y,  // [count]
    __global float *restrict grad_x,        // [count]
    int activation, float slope, int count, int run) {
  const int first = get_global_id(0) * run;
  const int last = min(first + run, (count + 15) / 16);
  for (int i = first; i < last; i++) {
    const int lanes = min(16, count - 16 * i);
    const float16 g = load_lanes(grad_y + 16 * i, lanes);
    store_lanes(g * slope_at_output(load_lanes(y + 16 * i, lanes), activation, slope), grad_x + 16 * i, lanes);
  }
}

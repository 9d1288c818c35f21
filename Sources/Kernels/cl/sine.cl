// y = sin(x), which is 0 in padding.  x, y: any layout, `count` floats with padding.
// A work-item owns `run` vectors.
__kernel __attribute__((vec_type_hint(vector))) void sine_forward(
    __global const stored *restrict x,  // [count]
    __global stored *restrict y,        // [count]
    int count, int run) {
  const int first = get_global_id(0) * run;
  const int last = min(first + run, (count + LANES - 1) / LANES);
  for (int i = first; i < last; i++) {
    const int lanes = min(LANES, count - LANES * i);
    store_stored(sin(load_stored(x + LANES * i, lanes)), y + LANES * i, lanes);
  }
}

// grad_x = grad_y cos(x); grad_y is 0 in padding.
// A work-item owns `run` vectors.
__kernel __attribute__((vec_type_hint(vector))) void sine_backward(
    __global const stored *restrict x,       // [count]
    __global const stored *restrict grad_y,  // [count]
    __global stored *restrict grad_x,        // [count]
    int count, int run) {
  const int first = get_global_id(0) * run;
  const int last = min(first + run, (count + LANES - 1) / LANES);
  for (int i = first; i < last; i++) {
    const int lanes = min(LANES, count - LANES * i);
    const vector gradient = load_stored(grad_y + LANES * i, lanes) * cos(load_stored(x + LANES * i, lanes));
    store_stored(gradient, grad_x + LANES * i, lanes);
  }
}

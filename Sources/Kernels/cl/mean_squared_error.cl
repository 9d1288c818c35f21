// sums[item] = sum of scale * (x - target)^2.  x, target: any layout, `count` floats; padding adds zero.
// A work-item owns one sum, over `run` vectors. With one work-item the sum is the loss.
__kernel __attribute__((vec_type_hint(vector))) void squared_error_sums(
    __global const stored *restrict x,       // [count]
    __global const stored *restrict target,  // [count]
    __global float *restrict sums,           // [items]
    float scale, int count, int run) {
  const int item = get_global_id(0);
  const int first = item * run;
  const int last = min(first + run, (count + LANES - 1) / LANES);
  vector total = 0.0f;
  // Sums of 64 terms first, so that rounding errors do not grow with the run.
  for (int start = first; start < last; start += 64) {
    const int end = min(start + 64, last);
    vector part = 0.0f;
    for (int i = start; i < end; i++) {
      const int lanes = min(LANES, count - LANES * i);
      const vector d = load_stored(x + LANES * i, lanes) - load_stored(target + LANES * i, lanes);
      part = fma(d, d, part);
    }
    total += part;
  }
  sums[item] = scale * sum_of_lanes(total);
}

// loss = sum of the work-items' sums, in order, with Kahan's compensation.
// One work-item in all.
__kernel __attribute__((vec_type_hint(vector))) void loss_from_sums(
    __global const float *restrict sums,  // [count]
    __global float *restrict loss,        // [1]
    int count) {
  float total = 0.0f, lost = 0.0f;
  for (int i = 0; i < count; i++) {
    const float term = sums[i] - lost;
    const float next = total + term;
    lost = (next - total) - term;
    total = next;
  }
  loss[0] = total;
}

// grad_x = scale * grad_loss * (x - target), with scale = 2 / elements.
// A work-item owns `run` vectors.
__kernel __attribute__((vec_type_hint(vector))) void mean_squared_error_backward(
    __global const stored *restrict x,         // [count]
    __global const stored *restrict target,    // [count]
    __global const float *restrict grad_loss,  // [1]
    __global stored *restrict grad_x,          // [count]
    float scale, int count, int run) {
  const float factor = scale * grad_loss[0];
  const int first = get_global_id(0) * run;
  const int last = min(first + run, (count + LANES - 1) / LANES);
  for (int i = first; i < last; i++) {
    const int lanes = min(LANES, count - LANES * i);
    const vector d = load_stored(x + LANES * i, lanes) - load_stored(target + LANES * i, lanes);
    store_stored(factor * d, grad_x + LANES * i, lanes);
  }
}

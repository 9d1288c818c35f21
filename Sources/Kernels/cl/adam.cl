// m' = b1 m + (1 - b1) g; v' = b2 v + (1 - b2) g^2; w' = w - schedule[0] m' / (sqrt(v') / schedule[1] + epsilon).
// Any layout, `count` floats; padding stays zero. Outputs may be the inputs.

// Vectors [first, last), with g = gradient * unscale.
static void move(
    __global const float *w, __global const float *restrict g, __global const float *m, __global const float *v,
    __global const float *restrict schedule, __global float *new_w, __global float *new_m, __global float *new_v,
    float unscale, float beta1, float one_minus_beta1, float beta2, float one_minus_beta2, float epsilon, int count,
    int first, int last) {
  // Multiplied out by schedule[1]: one division per float instead of two, which cost as much as the memory accesses.
  const float rate = schedule[0] * schedule[1], margin = epsilon * schedule[1];
  for (int i = first; i < last; i++) {
    const int lanes = min(LANES, count - LANES * i);
    const vector gradient = unscale * load_lanes(g + LANES * i, lanes);
    const vector mean = beta1 * load_lanes(m + LANES * i, lanes) + one_minus_beta1 * gradient;
    const vector square = beta2 * load_lanes(v + LANES * i, lanes) + one_minus_beta2 * gradient * gradient;
    const vector step = rate * mean / (sqrt(square) + margin);
    store_lanes(load_lanes(w + LANES * i, lanes) - step, new_w + LANES * i, lanes);
    store_lanes(mean, new_m + LANES * i, lanes);
    store_lanes(square, new_v + LANES * i, lanes);
  }
}

// A work-item owns `run` vectors.
__kernel __attribute__((vec_type_hint(vector))) void adam(
    __global const float *w,                  // [count]
    __global const float *restrict g,         // [count]
    __global const float *m,                  // [count]
    __global const float *v,                  // [count]
    __global const float *restrict schedule,  // [2] lr / (1 - b1^t), sqrt(1 - b2^t)
    __global float *new_w,                    // [count]
    __global float *new_m,                    // [count]
    __global float *new_v,                    // [count]
    float beta1, float one_minus_beta1, float beta2, float one_minus_beta2, float epsilon, int count, int run) {
  const int first = get_global_id(0) * run;
  const int last = min(first + run, (count + LANES - 1) / LANES);
  move(
      w, g, m, v, schedule, new_w, new_m, new_v, 1.0f, beta1, one_minus_beta1, beta2, one_minus_beta2, epsilon, count,
      first, last);
}

// adam for gradients of a loss that was scaled by state[0]. If state[2] says that one is not finite, nothing changes.
// A work-item owns `run` vectors.
__kernel __attribute__((vec_type_hint(vector))) void scaled_adam(
    __global const float *w,                  // [count]
    __global const float *restrict g,         // [count]
    __global const float *m,                  // [count]
    __global const float *v,                  // [count]
    __global const float *restrict schedule,  // [2] lr / (1 - b1^t), sqrt(1 - b2^t)
    __global const float *restrict state,     // [3] see loss_scale.cl
    __global float *new_w,                    // [count]
    __global float *new_m,                    // [count]
    __global float *new_v,                    // [count]
    float beta1, float one_minus_beta1, float beta2, float one_minus_beta2, float epsilon, int count, int run) {
  const int first = get_global_id(0) * run;
  const int last = min(first + run, (count + LANES - 1) / LANES);
  if (state[2] > 0.5f) {
    for (int i = first; i < last; i++) {
      const int lanes = min(LANES, count - LANES * i);
      store_lanes(load_lanes(w + LANES * i, lanes), new_w + LANES * i, lanes);
      store_lanes(load_lanes(m + LANES * i, lanes), new_m + LANES * i, lanes);
      store_lanes(load_lanes(v + LANES * i, lanes), new_v + LANES * i, lanes);
    }
    return;
  }
  move(
      w, g, m, v, schedule, new_w, new_m, new_v, 1.0f / state[0], beta1, one_minus_beta1, beta2, one_minus_beta2,
      epsilon, count, first, last);
}

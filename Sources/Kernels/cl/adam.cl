// m' = b1 m + (1 - b1) g; v' = b2 v + (1 - b2) g^2; w' = w - schedule[0] m' / (sqrt(v') / schedule[1] + epsilon).
// Any layout, `count` floats; padding of zeros stays zero. Outputs may be the inputs.
// One item: `run` vectors of 16 floats.
__kernel void adam(
    __global const float *w,                  // [count]
    __global const float *restrict g,         // [count]
    __global const float *m,                  // [count]
    __global const float *v,                  // [count]
    __global const float *restrict schedule,  // [2] lr / (1 - b1^t), sqrt(1 - b2^t)
    __global float *new_w,                    // [count]
    __global float *new_m,                    // [count]
    __global float *new_v,                    // [count]
    float beta1, float one_minus_beta1, float beta2, float one_minus_beta2, float epsilon, int count, int run) {
  const float rate = schedule[0], correction = schedule[1];
  const int first = get_global_id(0) * run;
  const int last = min(first + run, (count + 15) / 16);
  for (int i = first; i < last; i++) {
    const int lanes = min(16, count - 16 * i);
    const float16 gradient = load_lanes(g + 16 * i, lanes);
    const float16 mean = beta1 * load_lanes(m + 16 * i, lanes) + one_minus_beta1 * gradient;
    const float16 square = beta2 * load_lanes(v + 16 * i, lanes) + one_minus_beta2 * gradient * gradient;
    const float16 step = rate * mean / (sqrt(square) / correction + epsilon);
    store_lanes(load_lanes(w + 16 * i, lanes) - step, new_w + 16 * i, lanes);
    store_lanes(mean, new_m + 16 * i, lanes);
    store_lanes(square, new_v + 16 * i, lanes);
  }
}

// relative_mean = (running_mean - mean) deviation,  relative_variance = (running_variance + epsilon) deviation^2.
// All (C), `count` floats with padding.  deviation is 1 / sqrt(variance + epsilon) of the batch.
// A work-item owns `run` vectors.
__kernel __attribute__((vec_type_hint(vector))) void relative_moments(
    __global const float *restrict running_mean,      // [count]
    __global const float *restrict running_variance,  // [count]
    __global const float *restrict mean,              // [count]
    __global const float *restrict deviation,         // [count]
    __global float *restrict relative_mean,           // [count]
    __global float *restrict relative_variance,       // [count]
    float epsilon, int count, int run) {
  const int first = get_global_id(0) * run;
  const int last = min(first + run, (count + LANES - 1) / LANES);
  for (int i = first; i < last; i++) {
    const int lanes = min(LANES, count - LANES * i);
    const vector d = load_lanes(deviation + LANES * i, lanes);
    const vector offset = load_lanes(running_mean + LANES * i, lanes) - load_lanes(mean + LANES * i, lanes);
    const vector variance = load_lanes(running_variance + LANES * i, lanes);
    store_lanes(offset * d, relative_mean + LANES * i, lanes);
    store_lanes((variance + epsilon) * d * d, relative_variance + LANES * i, lanes);
  }
}

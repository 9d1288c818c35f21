// average' = weights[0] * average + weights[1] * value.  Any layout, `count` floats; the output may be the average.
// A work-item owns `run` vectors.
__kernel __attribute__((vec_type_hint(vector))) void exponential_moving_average(
    __global const float *average,           // [count]
    __global const float *restrict value,    // [count]
    __global const float *restrict weights,  // [2] decay, 1 - decay
    __global float *new_average,             // [count]
    int count, int run) {
  const float keep = weights[0], add = weights[1];
  const int first = get_global_id(0) * run;
  const int last = min(first + run, (count + LANES - 1) / LANES);
  for (int i = first; i < last; i++) {
    const int lanes = min(LANES, count - LANES * i);
    const vector mixed = keep * load_lanes(average + LANES * i, lanes) + add * load_lanes(value + LANES * i, lanes);
    store_lanes(mixed, new_average + LANES * i, lanes);
  }
}

// average' = decay * average + (1 - decay) * value.  Any layout, `count` floats; the output may be the average.
// A work-item owns `run` vectors.
__kernel __attribute__((vec_type_hint(vector))) void exponential_moving_average(
    __global const float *average,         // [count]
    __global const float *restrict value,  // [count]
    __global float *new_average,           // [count]
    float decay, float one_minus_decay, int count, int run) {
  const int first = get_global_id(0) * run;
  const int last = min(first + run, (count + LANES - 1) / LANES);
  for (int i = first; i < last; i++) {
    const int lanes = min(LANES, count - LANES * i);
    const vector mixed =
        decay * load_lanes(average + LANES * i, lanes) + one_minus_decay * load_lanes(value + LANES * i, lanes);
    store_lanes(mixed, new_average + LANES * i, lanes);
  }
}

// average' = decay * average + (1 - decay) * value.  Any layout, `count` floats; the output may be the average.
// One item: `run` vectors of 16 floats.
__kernel void exponential_moving_average(
    __global const float *average,         // [count]
    __global const float *restrict value,  // [count]
    __global float *new_average,           // [count]
    float decay, float one_minus_decay, int count, int run) {
  const int first = get_global_id(0) * run;
  const int last = min(first + run, (count + 15) / 16);
  for (int i = first; i < last; i++) {
    const int lanes = min(16, count - 16 * i);
    const float16 mixed =
        decay * load_lanes(average + 16 * i, lanes) + one_minus_decay * load_lanes(value + 16 * i, lanes);
    store_lanes(mixed, new_average + 16 * i, lanes);
  }
}

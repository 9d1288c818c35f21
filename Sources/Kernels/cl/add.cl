// y = a + b.  a, b, y: any layout, `count` floats with padding; y may be a.
// One item: `run` vectors of 16 floats.
__kernel void add(
    __global const float *a,           // [count]
    __global const float *restrict b,  // [count]
    __global float *y,                 // [count]
    int count, int run) {
  const int first = get_global_id(0) * run;
  const int last = min(first + run, (count + 15) / 16);
  for (int i = first; i < last; i++) {
    const int lanes = min(16, count - 16 * i);
    store_lanes(load_lanes(a + 16 * i, lanes) + load_lanes(b + 16 * i, lanes), y + 16 * i, lanes);
  }
}

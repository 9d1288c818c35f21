// y = f(a + b) where f(0) = 0.  a, b, y: any layout, `count` floats with padding; y may be a.
// A work-item owns `run` vectors.
__kernel __attribute__((vec_type_hint(vector))) void add(
    __global const stored *a,           // [count]
    __global const stored *restrict b,  // [count]
    __global stored *y,                 // [count]
    int activation, float slope, int count, int run) {
  const int first = get_global_id(0) * run;
  const int last = min(first + run, (count + LANES - 1) / LANES);
  for (int i = first; i < last; i++) {
    const int lanes = min(LANES, count - LANES * i);
    const vector sum = load_stored(a + LANES * i, lanes) + load_stored(b + LANES * i, lanes);
    store_stored(activate(sum, activation, slope), y + LANES * i, lanes);
  }
}

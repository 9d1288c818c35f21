// y = a b.  a, b, y: any layout, `count` floats with padding, which stays zero; y may be a.
// A work-item owns `run` vectors.
__kernel __attribute__((vec_type_hint(vector))) void multiply(
    __global const stored *a,           // [count]
    __global const stored *restrict b,  // [count]
    __global stored *y,                 // [count]
    int count, int run) {
  const int first = get_global_id(0) * run;
  const int last = min(first + run, (count + LANES - 1) / LANES);
  for (int i = first; i < last; i++) {
    const int lanes = min(LANES, count - LANES * i);
    const vector product = load_stored(a + LANES * i, lanes) * load_stored(b + LANES * i, lanes);
    store_stored(product, y + LANES * i, lanes);
  }
}

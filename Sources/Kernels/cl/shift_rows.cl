// y[n] = x[n] for n < N / 2, x[(n + 1) mod N] otherwise.  x, y: features (N, ...), `row` floats of memory for each n.
// A work-item owns `run` units of 16 floats, or of 1 if `row` is not a multiple of 16.
__kernel void shift_rows(
    __global const float *restrict x,  // [N][row]
    __global float *restrict y,        // [N][row]
    int batch, int row, int run) {
  const int unit = row % 16 == 0 ? 16 : 1;
  const int units = row / unit;
  const int first = get_global_id(0) * run;
  const int last = min(first + run, batch * units);
  for (int u = first; u < last; u++) {
    const int n = u / units;
    const int from = n < batch / 2 ? u : (u + units) % (batch * units);
    store_lanes(load_lanes(x + (size_t)from * unit, unit), y + (size_t)u * unit, unit);
  }
}

// Rows of vectors: `first` and `given` count the floats of whole rows. A work-item owns `run` vectors of y.

// y[i] = x[first + i].
__kernel __attribute__((vec_type_hint(vector))) void slice_rows(
    __global const float *restrict x,  // [N][D], padded
    __global float *restrict y,        // [count]
    int first, int count, int run) {
  const int begin = get_global_id(0) * run;
  const int end = min(begin + run, (count + LANES - 1) / LANES);
  for (int i = begin; i < end; i++) store_vector(load_vector(x + first + LANES * i), y + LANES * i);
}

// y[first + i] = x[i] for i < given, and zeros elsewhere.
__kernel __attribute__((vec_type_hint(vector))) void pad_rows(
    __global const float *restrict x,  // [given]
    __global float *restrict y,        // [count]
    int first, int given, int count, int run) {
  const int begin = get_global_id(0) * run;
  const int end = min(begin + run, (count + LANES - 1) / LANES);
  for (int i = begin; i < end; i++) {
    const int from = LANES * i - first;
    store_vector(from >= 0 && from < given ? load_vector(x + from) : (vector)(0.0f), y + LANES * i);
  }
}

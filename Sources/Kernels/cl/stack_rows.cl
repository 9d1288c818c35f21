// y[first + i] = x[i].  x: vectors (N, D), y: vectors (M, D), of which x is written from float `first` on.
// A work-item owns `run` vectors.
__kernel __attribute__((vec_type_hint(vector))) void stack_rows(
    __global const float *restrict x,  // [count]
    __global float *restrict y,        // [M][D], padded
    int first, int count, int run) {
  const int begin = get_global_id(0) * run;
  const int end = min(begin + run, (count + LANES - 1) / LANES);
  for (int i = begin; i < end; i++) store_vector(load_vector(x + LANES * i), y + first + LANES * i);
}

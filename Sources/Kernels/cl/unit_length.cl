// y = x / max(|x|, epsilon) for each row.  x, y: vectors (N, D).
// A work-item owns `rows_per_item` rows.
__kernel __attribute__((vec_type_hint(float16))) void unit_length_forward(
    __global const float *restrict x,  // [N][blocks][16]
    __global float *restrict y,        // [N][blocks][16]
    float epsilon, int batch, int blocks, int rows_per_item) {
  const int first = get_global_id(0) * rows_per_item;
  const int last = min(first + rows_per_item, batch);
  for (int n = first; n < last; n++) {
    __global const float *p = x + (size_t)n * blocks * 16;
    __global float *q = y + (size_t)n * blocks * 16;
    float16 squares = 0.0f;
    for (int i = 0; i < blocks; i++) squares = fma(vload16(i, p), vload16(i, p), squares);
    const float length = max(sqrt(sum_of_lanes(squares)), epsilon);
    for (int i = 0; i < blocks; i++) vstore16(vload16(i, p) / length, i, q);
  }
}

// grad_x = (grad_y - y (y . grad_y)) / |x| with y = x / |x|; if |x| < epsilon, grad_y / epsilon.
// x, grad_y, grad_x: vectors (N, D).  A work-item owns `rows_per_item` rows.
__kernel __attribute__((vec_type_hint(float16))) void unit_length_backward(
    __global const float *restrict x,       // [N][blocks][16]
    __global const float *restrict grad_y,  // [N][blocks][16]
    __global float *restrict grad_x,        // [N][blocks][16]
    float epsilon, int batch, int blocks, int rows_per_item) {
  const int first = get_global_id(0) * rows_per_item;
  const int last = min(first + rows_per_item, batch);
  for (int n = first; n < last; n++) {
    const size_t offset = (size_t)n * blocks * 16;
    __global const float *p = x + offset;
    __global const float *g = grad_y + offset;
    float16 squares = 0.0f, products = 0.0f;
    for (int i = 0; i < blocks; i++) {
      const float16 v = vload16(i, p);
      squares = fma(v, v, squares);
      products = fma(v, vload16(i, g), products);
    }
    const float length = sqrt(sum_of_lanes(squares));
    const float along = length < epsilon ? 0.0f : sum_of_lanes(products) / length / length;
    const float divisor = max(length, epsilon);
    for (int i = 0; i < blocks; i++) vstore16((vload16(i, g) - vload16(i, p) * along) / divisor, i, grad_x + offset);
  }
}

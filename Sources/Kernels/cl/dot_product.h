// Products of rows of vectors (N, D).  Padding of vectors is zero, so whole blocks are read.

static float dot_product(__global const float *a, __global const float *b, int blocks) {
  vector sum = 0.0f;
  for (int i = 0; i < blocks * BLOCK / LANES; i++)
    sum = fma(load_block(a + i * LANES, LANES), load_block(b + i * LANES, LANES), sum);
  return sum_of_lanes(sum);
}

// total[i] = sum over p of partials[p][i], in order of p: the second half of a sum that was split to fill a device.
// A work-item owns vectors_per_item vectors of 16.
__kernel void sum_partials(
    __global const float* restrict partials,  // [parts][vectors][16]
    __global float* restrict total,           // [vectors][16]
    int parts, int vectors, int vectors_per_item) {
  const int first = (int)get_global_id(0) * vectors_per_item;
  for (int i = first; i < min(first + vectors_per_item, vectors); ++i) {
    float16 sum = vload16(i, partials);
    for (int p = 1; p < parts; ++p) sum += vload16((size_t)p * vectors + i, partials);
    vstore16(sum, i, total);
  }
}

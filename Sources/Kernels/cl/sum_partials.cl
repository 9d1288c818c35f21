// total[i] = sum over p of partials[p][i], in order of p: the second step of a sum that was split to fill a device.
// A work-item owns vectors_per_item vectors.
__kernel __attribute__((vec_type_hint(vector))) void sum_partials(
    __global const float *restrict partials,  // [parts][vectors][LANES]
    __global float *restrict total,           // [vectors][LANES]
    int parts, int vectors, int vectors_per_item) {
  const int first = (int)get_global_id(0) * vectors_per_item;
  for (int i = first; i < min(first + vectors_per_item, vectors); i++) {
    vector sum = load_vector(partials + (size_t)i * LANES);
    for (int p = 1; p < parts; p++) sum += load_vector(partials + ((size_t)p * vectors + i) * LANES);
    store_vector(sum, total + (size_t)i * LANES);
  }
}

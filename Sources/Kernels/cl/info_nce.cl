// InfoNCE: p[i,j] = softmax over j of q_i . k_j / temperature; the loss is the mean over i of -log p[i,i].
// queries q, keys k: vectors (N, D).  Padding of vectors is zero, so whole blocks are read.
#include "dot_product.h"

// row_losses[i] = -log p[i,i] / N, for one of the kernels that add up partial losses.
// A work-item owns `rows_per_item` rows.
__kernel __attribute__((vec_type_hint(vector))) void info_nce_forward(
    __global const float *restrict queries,  // [N][blocks][16]
    __global const float *restrict keys,     // [N][blocks][16]
    __global float *restrict probabilities,  // [N][N]
    __global float *restrict row_losses,     // [N]
    float inverse_temperature, int batch, int blocks, int rows_per_item) {
  const int first = get_global_id(0) * rows_per_item;
  const int last = min(first + rows_per_item, batch);
  for (int row = first; row < last; row++) {
    __global const float *query = queries + (size_t)row * blocks * BLOCK;
    __global float *p = probabilities + (size_t)row * batch;
    float largest = -INFINITY, total = 0.0f;
    for (int j = 0; j < batch; j++) {
      p[j] = inverse_temperature * dot_product(query, keys + (size_t)j * blocks * BLOCK, blocks);
      largest = max(largest, p[j]);
    }
    const float own = p[row];
    for (int j = 0; j < batch; j++) total += exp(p[j] - largest);
    for (int j = 0; j < batch; j++) p[j] = exp(p[j] - largest) / total;
    row_losses[row] = (largest + log(total) - own) / batch;
  }
}

// The largest v of a work-group.
static float group_max(float v, __local float *scratch) {
  const int item = get_local_id(0);
  scratch[item] = v;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int others = GROUP / 2; others > 0; others /= 2) {
    if (item < others) scratch[item] = max(scratch[item], scratch[item + others]);
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  const float largest = scratch[0];
  barrier(CLK_LOCAL_MEM_FENCE);
  return largest;
}

// info_nce_forward for GPUs.
// A work-group owns one row, each of its work-items every GROUP-th key.
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void info_nce_grouped(
    __global const float *restrict queries,  // [N][blocks][16]
    __global const float *restrict keys,     // [N][blocks][16]
    __global float *restrict probabilities,  // [N][N]
    __global float *restrict row_losses,     // [N]
    float inverse_temperature, int batch, int blocks) {
  __local vector sums[GROUP];
  __local float maxima[GROUP];
  const int row = get_group_id(0), item = get_local_id(0);
  __global const float *query = queries + (size_t)row * blocks * BLOCK;
  __global float *p = probabilities + (size_t)row * batch;
  float largest = -INFINITY;
  // The sum over the keys, and the logit of the row's own key, which one work-item knows.
  vector sum = 0.0f;
  for (int j = item; j < batch; j += GROUP) {
    p[j] = inverse_temperature * dot_product(query, keys + (size_t)j * blocks * BLOCK, blocks);
    largest = max(largest, p[j]);
    if (j == row) sum.y = p[j];
  }
  largest = group_max(largest, maxima);
  for (int j = item; j < batch; j += GROUP) sum.x += exp(p[j] - largest);
  sum = group_sum(sum, sums, 1);
  for (int j = item; j < batch; j += GROUP) p[j] = exp(p[j] - largest) / sum.x;
  if (item == 0) row_losses[row] = (largest + log(sum.x) - sum.y) / batch;
}

// grad_q[i] = scale * grad_loss * (sum over j of p[i,j] k_j - k_i), with scale = 1 / (N temperature).
// A work-item owns LANES of the D elements in `rows_per_item` rows.
__kernel __attribute__((vec_type_hint(vector))) void info_nce_backward(
    __global const float *restrict probabilities,  // [N][N]
    __global const float *restrict keys,           // [N][blocks][16]
    __global const float *restrict grad_loss,      // [1]
    __global float *restrict grad_queries,         // [N][blocks][16]
    float scale, int batch, int blocks, int rows_per_item) {
  const float factor = scale * grad_loss[0];
  const int offset = get_global_id(0) * LANES, stride = blocks * BLOCK;
  const int first = get_global_id(1) * rows_per_item;
  const int last = min(first + rows_per_item, batch);
  for (int row = first; row < last; row++) {
    vector expected = 0.0f;
    for (int j = 0; j < batch; j++) {
      const vector key = load_block(keys + (size_t)j * stride + offset, LANES);
      expected = fma((vector)(probabilities[(size_t)row * batch + j]), key, expected);
    }
    const size_t own = (size_t)row * stride + offset;
    store_block(factor * (expected - load_block(keys + own, LANES)), grad_queries + own, LANES);
  }
}

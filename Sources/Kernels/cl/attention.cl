// Attention over time steps.  For row s N + n of the queries, and memory rows m N + n that its time step has seen:
// w[m] = softmax over m of scale * q . k_m; context = sum over m of w[m] k_m.
// queries q: vectors (S N, H); memory k: vectors (M N, H); weights w: (S N, M), zero where nothing is seen.
// rows = S N, batch = N, steps = M.
#include "dot_product.h"

// The number of time steps of the memory that a row has seen. `first` are those before the first query's.
static int seen_steps(int row, int batch, int first, int steps) { return min(row / batch + first + 1, steps); }

// w.  A work-item owns `rows_per_item` rows.
__kernel __attribute__((vec_type_hint(vector))) void attention_weights(
    __global const float *restrict queries,  // [S N][blocks][16]
    __global const float *restrict memory,   // [M N][blocks][16]
    __global float *restrict weights,        // [S N][M]
    float scale, int rows, int batch, int first_step, int steps, int blocks, int rows_per_item) {
  const int first = get_global_id(0) * rows_per_item;
  const int last = min(first + rows_per_item, rows);
  const int stride = blocks * BLOCK;
  for (int row = first; row < last; row++) {
    const int seen = seen_steps(row, batch, first_step, steps);
    __global float *w = weights + (size_t)row * steps;
    float largest = -INFINITY, total = 0.0f;
    for (int m = 0; m < seen; m++) {
      const size_t key = (size_t)m * batch + row % batch;
      w[m] = scale * dot_product(queries + (size_t)row * stride, memory + key * stride, blocks);
      largest = max(largest, w[m]);
    }
    for (int m = 0; m < seen; m++) total += exp(w[m] - largest);
    for (int m = 0; m < steps; m++) w[m] = m < seen ? exp(w[m] - largest) / total : 0.0f;
  }
}

// grad_logits[m] = scale * w[m] * (d[m] - sum over j of w[j] d[j]), with d[m] = grad_context . k_m.
// A work-item owns `rows_per_item` rows.
__kernel __attribute__((vec_type_hint(vector))) void attention_grad_logits(
    __global const float *restrict weights,       // [S N][M]
    __global const float *restrict memory,        // [M N][blocks][16]
    __global const float *restrict grad_context,  // [S N][blocks][16]
    __global float *restrict grad_logits,         // [S N][M]
    float scale, int rows, int batch, int first_step, int steps, int blocks, int rows_per_item) {
  const int first = get_global_id(0) * rows_per_item;
  const int last = min(first + rows_per_item, rows);
  const int stride = blocks * BLOCK;
  for (int row = first; row < last; row++) {
    const int seen = seen_steps(row, batch, first_step, steps);
    __global const float *w = weights + (size_t)row * steps;
    __global float *g = grad_logits + (size_t)row * steps;
    float mean = 0.0f;
    for (int m = 0; m < seen; m++) {
      const size_t value = (size_t)m * batch + row % batch;
      g[m] = dot_product(grad_context + (size_t)row * stride, memory + value * stride, blocks);
      mean = fma(w[m], g[m], mean);
    }
    for (int m = 0; m < steps; m++) g[m] = m < seen ? scale * w[m] * (g[m] - mean) : 0.0f;
  }
}

// The product of two rows by a work-group; every work-item gets it.
static float group_dot_product(__global const float *a, __global const float *b, int blocks, __local vector *scratch) {
  vector sum = 0.0f;
  for (int i = get_local_id(0); i < blocks * BLOCK / LANES; i += GROUP)
    sum = fma(load_block(a + i * LANES, LANES), load_block(b + i * LANES, LANES), sum);
  return sum_of_lanes(group_sum(sum, scratch, 1));
}

// attention_weights for GPUs.
// A work-group owns one row. Work-item i writes every GROUP-th weight from i on.
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void attention_weights_grouped(
    __global const float *restrict queries,  // [S N][blocks][16]
    __global const float *restrict memory,   // [M N][blocks][16]
    __global float *restrict weights,        // [S N][M]
    float scale, int batch, int first_step, int steps, int blocks) {
  __local vector scratch[GROUP];
  const int row = get_group_id(0), item = get_local_id(0), stride = blocks * BLOCK;
  const int seen = seen_steps(row, batch, first_step, steps);
  __global float *w = weights + (size_t)row * steps;
  float largest = -INFINITY, total = 0.0f;
  for (int m = 0; m < seen; m++) {
    const size_t key = (size_t)m * batch + row % batch;
    const float logit =
        scale * group_dot_product(queries + (size_t)row * stride, memory + key * stride, blocks, scratch);
    if (m % GROUP == item) w[m] = logit;
    // The total is always relative to the largest logit so far.
    const float before = largest;
    largest = max(largest, logit);
    total = total * exp(before - largest) + exp(logit - largest);
  }
  for (int m = item; m < steps; m += GROUP) w[m] = m < seen ? exp(w[m] - largest) / total : 0.0f;
}

// attention_grad_logits for GPUs.
// A work-group owns one row. Work-item i writes every GROUP-th gradient from i on.
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void attention_grad_logits_grouped(
    __global const float *restrict weights,       // [S N][M]
    __global const float *restrict memory,        // [M N][blocks][16]
    __global const float *restrict grad_context,  // [S N][blocks][16]
    __global float *restrict grad_logits,         // [S N][M]
    float scale, int batch, int first_step, int steps, int blocks) {
  __local vector scratch[GROUP];
  const int row = get_group_id(0), item = get_local_id(0), stride = blocks * BLOCK;
  const int seen = seen_steps(row, batch, first_step, steps);
  __global const float *w = weights + (size_t)row * steps;
  __global float *g = grad_logits + (size_t)row * steps;
  float mean = 0.0f;
  for (int m = 0; m < seen; m++) {
    const size_t value = (size_t)m * batch + row % batch;
    const float product =
        group_dot_product(grad_context + (size_t)row * stride, memory + value * stride, blocks, scratch);
    if (m % GROUP == item) g[m] = product;
    mean = fma(w[m], product, mean);
  }
  for (int m = item; m < steps; m += GROUP) g[m] = m < seen ? scale * w[m] * (g[m] - mean) : 0.0f;
}

// sums = sum over m of factors[m] k_m: the context from the weights, and the queries' gradient from the logits'.
// A work-item owns LANES of the H elements in `rows_per_item` rows.
__kernel __attribute__((vec_type_hint(vector))) void attention_sums(
    __global const float *restrict factors,  // [S N][M]
    __global const float *restrict memory,   // [M N][blocks][16]
    __global float *restrict sums,           // [S N][blocks][16]
    int rows, int batch, int first_step, int steps, int blocks, int rows_per_item) {
  const int offset = get_global_id(0) * LANES, stride = blocks * BLOCK;
  const int first = get_global_id(1) * rows_per_item;
  const int last = min(first + rows_per_item, rows);
  for (int row = first; row < last; row++) {
    const int seen = seen_steps(row, batch, first_step, steps);
    vector sum = 0.0f;
    for (int m = 0; m < seen; m++) {
      const size_t key = (size_t)m * batch + row % batch;
      const vector factor = factors[(size_t)row * steps + m];
      sum = fma(factor, load_block(memory + key * stride + offset, LANES), sum);
    }
    store_block(sum, sums + (size_t)row * stride + offset, LANES);
  }
}

// grad_memory_m = sum over the rows that have seen it of w[m] grad_context + grad_logits[m] q.
// A work-item owns LANES of the H elements in `rows_per_item` of the M N rows.
__kernel __attribute__((vec_type_hint(vector))) void attention_grad_memory(
    __global const float *restrict weights,       // [S N][M]
    __global const float *restrict grad_logits,   // [S N][M]
    __global const float *restrict queries,       // [S N][blocks][16]
    __global const float *restrict grad_context,  // [S N][blocks][16]
    __global float *restrict grad_memory,         // [M N][blocks][16]
    int rows, int batch, int first_step, int steps, int blocks, int rows_per_item) {
  const int offset = get_global_id(0) * LANES, stride = blocks * BLOCK;
  const int first = get_global_id(1) * rows_per_item;
  const int last = min(first + rows_per_item, steps * batch);
  for (int key = first; key < last; key++) {
    const int m = key / batch;
    vector sum = 0.0f;
    for (int row = max(m - first_step, 0) * batch + key % batch; row < rows; row += batch) {
      const vector weight = weights[(size_t)row * steps + m], grad_logit = grad_logits[(size_t)row * steps + m];
      const size_t place = (size_t)row * stride + offset;
      sum = fma(weight, load_block(grad_context + place, LANES), sum);
      sum = fma(grad_logit, load_block(queries + place, LANES), sum);
    }
    store_block(sum, grad_memory + (size_t)key * stride + offset, LANES);
  }
}

// Differences of neighbouring pixels of e = x - target for GPUs, one float at a time: neighbours in images, whose
// blocks have 1 or 3 channels, are not aligned. Padding channels have none. Defines: LANES=4, HALF.

#include "map_rows.h"

static float rho(float d, float s) { return d * d / (sqrt(fma(d, d, s * s)) + s); }

static float psi(float d, float s) { return d / sqrt(fma(d, d, s * s)); }

static float error_at(__global const stored *x, __global const stored *target, size_t at) {
#if HALF
  return vload_half(at, x) - vload_half(at, target);
#else
  return x[at] - target[at];
#endif
}

// edge_error_sums for GPUs: sums in work-groups of GROUP work-items. count: floats in all rows.
// A work-group owns one sum. With one work-group the sum is the loss.
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void edge_error_grouped(
    __global const stored *restrict x,       // [rows]([halo][row][halo])
    __global const stored *restrict target,  // as x
    __global float *restrict sums,           // [groups]
    float right_weight, float down_weight, int height, int row, int block, int halo, float smoothing, int count) {
  __local vector scratch[GROUP];
  const int line = row_to_row(row, block, halo);
  vector sum = 0.0f;
  for (int i = get_global_id(0); i < count; i += get_global_size(0)) {
    const int index = i / row, place = i % row;
    const size_t at = row_start(index, height, row, block, halo) + place;
    const float e = error_at(x, target, at);
    if (place + block < row) sum.x += rho(error_at(x, target, at + block) - e, smoothing);
    if (index % height + 1 < height) sum.y += rho(error_at(x, target, at + line) - e, smoothing);
  }
  const vector total = group_sum(sum, scratch, 1);
  if (get_local_id(0) == 0) sums[get_group_id(0)] = right_weight * total.x + down_weight * total.y;
}

// edge_error_backward for GPUs. count: floats in all rows.
// A work-item owns one float.
__kernel void edge_error_backward_elements(
    __global const stored *restrict x,         // [rows]([halo][row][halo])
    __global const stored *restrict target,    // as x
    __global const float *restrict grad_loss,  // [1]
    __global stored *restrict grad_x,          // as x
    float right_weight, float down_weight, int height, int row, int block, int halo, float smoothing, int count) {
  const int i = get_global_id(0);
  if (i >= count) return;
  const int line = row_to_row(row, block, halo);
  const int index = i / row, place = i % row, y = index % height;
  const size_t at = row_start(index, height, row, block, halo) + place;
  const float e = error_at(x, target, at);
  float horizontal = 0.0f, vertical = 0.0f;
  if (place >= block) horizontal += psi(e - error_at(x, target, at - block), smoothing);
  if (place + block < row) horizontal -= psi(error_at(x, target, at + block) - e, smoothing);
  if (y > 0) vertical += psi(e - error_at(x, target, at - line), smoothing);
  if (y + 1 < height) vertical -= psi(error_at(x, target, at + line) - e, smoothing);
  const float gradient = grad_loss[0] * (right_weight * horizontal + down_weight * vertical);
#if HALF
  vstore_half_rte(gradient, at, grad_x);
#else
  grad_x[at] = gradient;
#endif
}

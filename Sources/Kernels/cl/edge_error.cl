// Differences of neighbouring pixels of e = x - target: see EdgeError.swift. Padding channels have none.

#include "map_rows.h"

// rho(d) = sqrt(d^2 + s^2) - s, without the cancellation.
static vector rho(vector d, float s) { return d * d / (sqrt(fma(d, d, (vector)(s * s))) + s); }

static vector psi(vector d, float s) { return d / sqrt(fma(d, d, (vector)(s * s))); }

static vector error_at(__global const float *x, __global const float *target, size_t at, int lanes) {
  return load_lanes(x + at, lanes) - load_lanes(target + at, lanes);
}

// v, but 0 in lanes before `first` and from `last` on.
static vector within(vector v, int first, int last) {
  const int16 lane = (int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return select((vector)(0.0f), v, lane >= first && lane < last);
}

// sums[item] = sum of right_weight * rho(e to the right - e) + down_weight * rho(e below - e).
// A work-item owns one sum, over `rows_per_item` rows. With one work-item the sum is the loss.
__kernel __attribute__((vec_type_hint(vector))) void edge_error_sums(
    __global const float *restrict x,       // [rows]([halo][row][halo])
    __global const float *restrict target,  // as x
    __global float *restrict sums,          // [items]
    float right_weight, float down_weight, int height, int row, int block, int halo, float smoothing, int rows,
    int rows_per_item) {
  const int item = get_global_id(0);
  const int first = item * rows_per_item;
  const int last = min(first + rows_per_item, rows);
  const int line = row_to_row(row, block, halo);
  vector total = 0.0f;
  for (int index = first; index < last; index++) {
    const size_t start = row_start(index, height, row, block, halo);
    const bool is_last_row = index % height + 1 == height;
    // Sums of a row first, so that rounding errors do not grow with the rows.
    vector right = 0.0f, down = 0.0f;
    for (int i = 0; i < row; i += LANES) {
      const int lanes = min(LANES, row - i);
      const vector e = error_at(x, target, start + i, lanes);
      if (row > block) {
        const vector d = error_at(x, target, start + i + block, lanes) - e;
        right += rho(within(d, 0, row - block - i), smoothing);
      }
      if (!is_last_row) down += rho(error_at(x, target, start + i + line, lanes) - e, smoothing);
    }
    total += right_weight * right + down_weight * down;
  }
  sums[item] = sum_of_lanes(total);
}

// grad_x = grad_loss * (right_weight * (psi(e - e to the left) - psi(e to the right - e)), and likewise down).
// A work-item owns `rows_per_item` rows.
__kernel __attribute__((vec_type_hint(vector))) void edge_error_backward(
    __global const float *restrict x,          // [rows]([halo][row][halo])
    __global const float *restrict target,     // as x
    __global const float *restrict grad_loss,  // [1]
    __global float *restrict grad_x,           // as x
    float right_weight, float down_weight, int height, int row, int block, int halo, float smoothing, int rows,
    int rows_per_item) {
  const float right = right_weight * grad_loss[0], down = down_weight * grad_loss[0];
  const int first = get_global_id(0) * rows_per_item;
  const int last = min(first + rows_per_item, rows);
  const int line = row_to_row(row, block, halo);
  for (int index = first; index < last; index++) {
    const size_t start = row_start(index, height, row, block, halo);
    const int y = index % height;
    for (int i = 0; i < row; i += LANES) {
      const int lanes = min(LANES, row - i);
      const size_t at = start + i;
      const vector e = error_at(x, target, at, lanes);
      vector horizontal = 0.0f, vertical = 0.0f;
      if (row > block) {
        const vector from_left = e - error_at(x, target, at - block, lanes);
        const vector to_right = error_at(x, target, at + block, lanes) - e;
        horizontal =
            psi(within(from_left, block - i, LANES), smoothing) - psi(within(to_right, 0, row - block - i), smoothing);
      }
      if (y > 0) vertical += psi(e - error_at(x, target, at - line, lanes), smoothing);
      if (y + 1 < height) vertical -= psi(error_at(x, target, at + line, lanes) - e, smoothing);
      store_lanes(right * horizontal + down * vertical, grad_x + at, lanes);
    }
  }
}

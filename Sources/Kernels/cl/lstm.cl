// One time step of an LSTM layer: the matrix product with the hidden state, or with the gradients of later gates, and
// the cell, in one launch. Gates are in the order input, forget, candidate, output: gate g of cell u is column g H + u
// of a contiguous row of 4 H, so a gate may begin at any float.
// `step` and `before` are the indices of this time step and of the one before it.
// Defines: LANES (16: the first two kernels, for CPUs; 1: the other two, for GPUs); RAGGED (1: gates do not all begin
// at a multiple of 16).
#ifndef RAGGED
#define RAGGED 0
#endif

static vector load_gate(__global const float *p, int lanes) {
#if RAGGED
  return load_lanes(p, lanes);
#else
  return load_block(p, lanes);
#endif
}

static void store_gate(vector v, __global float *p, int lanes) {
#if RAGGED
  store_lanes(v, p, lanes);
#else
  store_block(v, p, lanes);
#endif
}

// new_c = f c + i g; writes the activated gates, new_c and h = o tanh(new_c).
static void step_forward(
    vector z[4], vector c, int hidden, int lanes, __global float *gates, __global float *new_c, __global float *h) {
  for (int g = 0; g < 4; g++) {
    z[g] = g == 2 ? tanh(z[g]) : logistic(z[g]);
    store_gate(z[g], gates + g * hidden, lanes);
  }
  const vector state = fma(z[1], c, z[0] * z[2]);
  store_block(state, new_c, lanes);
  store_block(z[3] * tanh(state), h, lanes);
}

// of_c = of_new_c + of_h o (1 - tanh(new_c)^2); writes the gradients of the gates and returns that of c: of_c f.
static vector step_backward(
    __global const float *gates, vector c, vector new_c, vector of_h, vector of_new_c, int hidden, int lanes,
    __global float *grad_gates) {
  const vector i = load_gate(gates, lanes), f = load_gate(gates + hidden, lanes);
  const vector g = load_gate(gates + 2 * hidden, lanes), o = load_gate(gates + 3 * hidden, lanes);
  const vector t = tanh(new_c);
  const vector of_c = fma(of_h * o, 1.0f - t * t, of_new_c);
  store_gate(of_c * g * i * (1.0f - i), grad_gates, lanes);
  store_gate(of_c * c * f * (1.0f - f), grad_gates + hidden, lanes);
  store_gate(of_c * i * (1.0f - g * g), grad_gates + 2 * hidden, lanes);
  store_gate(of_h * t * o * (1.0f - o), grad_gates + 3 * hidden, lanes);
  return of_c * f;
}

#if LANES == 16
// Sums of a work-item in registers: TILE_ROWS rows x TILE_OUTPUTS vectors, of gates forward and of cells backward.
#ifndef TILE_ROWS
#define TILE_ROWS 8
#endif
#ifndef TILE_OUTPUTS
#define TILE_OUTPUTS 2
#endif
// Maximum number of tiles of rows that a work-item takes through the weights of a few terms.
#define ITEM_TILES 4
// Blocks of 16 terms whose weights fill half of an L1 cache of 32 KB.
#define TERMS (16 / TILE_OUTPUTS)
// Terms per turn of the innermost loop, as in conv2d_gather.
#define TURN 2

// 16 gates from column `column` on, for one hidden unit: `w` points to that unit in the first block of gates.
static float16 load_gates(__global const float *w, int column, int block, int lanes) {
#if RAGGED
  float16 v = 0.0f;
  for (int i = 0; i < lanes; i++) ((float *)&v)[i] = w[(column + i) / 16 * block + (column + i) % 16];
  return v;
#else
  return *(__global const float16 *)(w + column / 16 * block);
#endif
}

// (i, f, g, o) = (sigmoid, sigmoid, tanh, sigmoid)(from_input + b + w before_h); new_c = f c + i g; h = o tanh(new_c).
// A work-item owns 16 cells of `rows` rows.
__kernel __attribute__((vec_type_hint(float16))) void lstm_forward(
    __global const float *restrict from_input,  // [T][N][gate_row] 4 H, padded
    __global const float *before_h,             // [N][cell_row] H, padded: of the time step before, from `before` on
    __global const float *before_c,             // [N][cell_row]
    __global const float *restrict w,           // [gate blocks][cell blocks][16 cells][16 gates]
    __global const float *restrict b,           // [gate_row]
    __global float *h,                          // [T][N][cell_row]
    __global float *c,                          // [T][N][cell_row]
    __global float *restrict gates,             // [T][N][gate_row] i, f, g, o
    __global float *restrict previous_h,        // [T][N][cell_row] before_h of every time step
    int step, int before, int batch, int hidden, int rows) {
  const int blocks = (hidden + 15) / 16, cell_row = blocks * 16, gate_row = (4 * hidden + 15) / 16 * 16;
  const int unit = get_global_id(1) * 16, lanes = min(16, hidden - unit);
  const int first = get_global_id(0) * rows, last = min(first + rows, batch);
  const int tiles = (last - first + TILE_ROWS - 1) / TILE_ROWS;
  before_h += before * batch * cell_row;

  // A tile with too few rows repeats its last one.
  float16 z[ITEM_TILES * TILE_ROWS][4];
  for (int p = 0; p < tiles * TILE_ROWS; p++) {
    const size_t row = step * batch + min(first + p, last - 1);
    for (int g = 0; g < 4; g++) {
      const int column = g * hidden + unit;
      z[p][g] = load_gate(from_input + row * gate_row + column, lanes) + load_gate(b + column, lanes);
    }
  }
  for (int g = 0; g < 4; g += TILE_OUTPUTS) {
    for (int term = 0; term < blocks; term += TERMS) {
      for (int tile = 0; tile < tiles; tile++) {
        float16 sum[TILE_ROWS * TILE_OUTPUTS];
        __global const float *values[TILE_ROWS];
#pragma unroll
        for (int p = 0; p < TILE_ROWS; p++) {
          values[p] = before_h + min(first + tile * TILE_ROWS + p, last - 1) * cell_row + term * 16;
#pragma unroll
          for (int k = 0; k < TILE_OUTPUTS; k++) sum[p * TILE_OUTPUTS + k] = z[tile * TILE_ROWS + p][g + k];
        }
        __global const float *weights = w + term * 256;
        const int terms = min(TERMS, blocks - term) * 16;
#pragma unroll TURN
        for (int t = 0; t < terms; t++) {
          float16 weight[TILE_OUTPUTS];
#pragma unroll
          for (int k = 0; k < TILE_OUTPUTS; k++) {
            weight[k] = load_gates(weights + t * 16, (g + k) * hidden + unit, blocks * 256, lanes);
          }
#pragma unroll
          for (int p = 0; p < TILE_ROWS; p++) {
#pragma unroll
            for (int k = 0; k < TILE_OUTPUTS; k++) {
              sum[p * TILE_OUTPUTS + k] = fma((float16)(values[p][t]), weight[k], sum[p * TILE_OUTPUTS + k]);
            }
          }
        }
#pragma unroll
        for (int p = 0; p < TILE_ROWS; p++) {
#pragma unroll
          for (int k = 0; k < TILE_OUTPUTS; k++) z[tile * TILE_ROWS + p][g + k] = sum[p * TILE_OUTPUTS + k];
        }
      }
    }
  }

  for (int p = 0; p < last - first; p++) {
    const size_t source = (size_t)(first + p) * cell_row + unit, row = step * batch + first + p;
    const size_t cell = row * cell_row + unit;
    const vector state = load_block(before_c + before * batch * cell_row + source, lanes);
    store_block(load_block(before_h + source, lanes), previous_h + cell, lanes);
    step_forward(z[p], state, hidden, lanes, gates + row * gate_row + unit, c + cell, h + cell);
  }
}

// grad_gates of a time step, where the gradient of h is grad_h + panels (grad_gates of the next time step, if there is
// one). A work-item owns TILE_OUTPUTS blocks of 16 cells of `rows` rows.
__kernel __attribute__((vec_type_hint(float16))) void lstm_backward(
    __global const float *restrict gates,       // [T][N][gate_row] i, f, g, o
    __global const float *restrict before_c,    // [N][cell_row] of the time step before, from `before` on
    __global const float *restrict c,           // [T][N][cell_row]
    __global const float *restrict panels,      // [cell blocks][gate_row][16 cells]
    __global const float *restrict grad_h,      // [T][N][cell_row]
    __global const float *restrict grad_new_c,  // [T][N][cell_row] not read without has_grad_new_c
    __global float *grad_gates,                 // [T][N][gate_row]
    __global float *grad_c,                     // [N][cell_row] from one time step to the one before
    int step, int before, int is_last, int has_grad_new_c, int batch, int hidden, int rows) {
  const int blocks = (hidden + 15) / 16, cell_row = blocks * 16, gate_row = (4 * hidden + 15) / 16 * 16;
  const int block = get_global_id(1) * TILE_OUTPUTS;
  const int first = get_global_id(0) * rows, last = min(first + rows, batch);
  const int tiles = (last - first + TILE_ROWS - 1) / TILE_ROWS;
  __global const float *later = grad_gates + (size_t)(step + 1) * batch * gate_row;

  float16 of_h[ITEM_TILES * TILE_ROWS][TILE_OUTPUTS];
  for (int p = 0; p < tiles * TILE_ROWS; p++) {
    const size_t row = step * batch + min(first + p, last - 1);
    for (int k = 0; k < TILE_OUTPUTS; k++) of_h[p][k] = load_block(grad_h + row * cell_row + (block + k) * 16, 16);
  }
  for (int term = 0; term < (is_last ? 0 : gate_row); term += 16 * TERMS) {
    for (int tile = 0; tile < tiles; tile++) {
      float16 sum[TILE_ROWS * TILE_OUTPUTS];
      __global const float *values[TILE_ROWS];
#pragma unroll
      for (int p = 0; p < TILE_ROWS; p++) {
        values[p] = later + min(first + tile * TILE_ROWS + p, last - 1) * gate_row + term;
#pragma unroll
        for (int k = 0; k < TILE_OUTPUTS; k++) sum[p * TILE_OUTPUTS + k] = of_h[tile * TILE_ROWS + p][k];
      }
      __global const float *weights = panels + (block * gate_row + term) * 16;
      const int terms = min(16 * TERMS, gate_row - term);
#pragma unroll TURN
      for (int t = 0; t < terms; t++) {
        float16 weight[TILE_OUTPUTS];
#pragma unroll
        for (int k = 0; k < TILE_OUTPUTS; k++) weight[k] = load_block(weights + k * gate_row * 16 + t * 16, 16);
#pragma unroll
        for (int p = 0; p < TILE_ROWS; p++) {
#pragma unroll
          for (int k = 0; k < TILE_OUTPUTS; k++) {
            sum[p * TILE_OUTPUTS + k] = fma((float16)(values[p][t]), weight[k], sum[p * TILE_OUTPUTS + k]);
          }
        }
      }
#pragma unroll
      for (int p = 0; p < TILE_ROWS; p++) {
#pragma unroll
        for (int k = 0; k < TILE_OUTPUTS; k++) of_h[tile * TILE_ROWS + p][k] = sum[p * TILE_OUTPUTS + k];
      }
    }
  }

  for (int p = 0; p < last - first; p++) {
    for (int k = 0; k < TILE_OUTPUTS; k++) {
      const int unit = (block + k) * 16, lanes = min(16, hidden - unit);
      const size_t at = (size_t)(first + p) * cell_row + unit, row = step * batch + first + p;
      float16 of_c = is_last ? (float16)(0.0f) : load_block(grad_c + at, lanes);
      if (has_grad_new_c) of_c += load_block(grad_new_c + row * cell_row + unit, lanes);
      const float16 before_step = step_backward(
          gates + row * gate_row + unit, load_block(before_c + before * batch * cell_row + at, lanes),
          load_block(c + row * cell_row + unit, lanes), of_h[p][k], of_c, hidden, lanes,
          grad_gates + row * gate_row + unit);
      store_block(before_step, grad_c + at, lanes);
    }
  }
}
#else
// A work-group owns 16 cells of ROWS rows. A work-item sums one cell's terms in every SLICES-th block of 16, for all
// ROWS rows; the sums of the slices are added in local memory. Past the end the last cell and row are repeated.
#define ROWS 4
#define SLICES (GROUP / 16)

// lstm_forward for GPUs.
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void lstm_forward_grouped(
    __global const float *restrict from_input,  // [T][N][gate_row] 4 H, padded
    __global const float *before_h,             // [N][cell_row] H, padded: of the time step before, from `before` on
    __global const float *before_c,             // [N][cell_row]
    __global const float *restrict w,           // [gate blocks][cell blocks][16 cells][16 gates]
    __global const float *restrict b,           // [gate_row]
    __global float *h,                          // [T][N][cell_row]
    __global float *c,                          // [T][N][cell_row]
    __global float *restrict gates,             // [T][N][gate_row] i, f, g, o
    __global float *restrict previous_h,        // [T][N][cell_row] before_h of every time step
    int step, int before, int batch, int hidden) {
  __local float sums[SLICES * 4 * ROWS * 16];
  const int blocks = (hidden + 15) / 16, cell_row = blocks * 16, gate_row = (4 * hidden + 15) / 16 * 16;
  const int item = get_local_id(0), lane = item % 16, slice = item / 16;
  const int unit = min((int)get_group_id(0) * 16 + lane, hidden - 1), first = get_group_id(1) * ROWS;
  before_h += before * batch * cell_row;
  before_c += before * batch * cell_row;

  __global const float *column[4], *values[ROWS];
#pragma unroll
  for (int g = 0; g < 4; g++) {
    const int gate = g * hidden + unit;
    column[g] = w + (gate / 16 * blocks + slice) * 256 + gate % 16;
  }
#pragma unroll
  for (int p = 0; p < ROWS; p++) values[p] = before_h + min(first + p, batch - 1) * cell_row + slice * 16;
  float sum[4][ROWS] = {{0.0f}};
  for (int block = slice; block < blocks; block += SLICES) {
#pragma unroll
    for (int quad = 0; quad < 4; quad++) {
      float4 value[ROWS];
#pragma unroll
      for (int p = 0; p < ROWS; p++) value[p] = *(__global const float4 *)(values[p] + 4 * quad);
#pragma unroll
      for (int g = 0; g < 4; g++) {
        __global const float *at = column[g] + 64 * quad;
        const float4 weight = (float4)(at[0], at[16], at[32], at[48]);
#pragma unroll
        for (int p = 0; p < ROWS; p++) {
          sum[g][p] = fma(value[p].x, weight.x, sum[g][p]);
          sum[g][p] = fma(value[p].y, weight.y, sum[g][p]);
          sum[g][p] = fma(value[p].z, weight.z, sum[g][p]);
          sum[g][p] = fma(value[p].w, weight.w, sum[g][p]);
        }
      }
    }
#pragma unroll
    for (int g = 0; g < 4; g++) column[g] += SLICES * 256;
#pragma unroll
    for (int p = 0; p < ROWS; p++) values[p] += SLICES * 16;
  }
#pragma unroll
  for (int g = 0; g < 4; g++) {
#pragma unroll
    for (int p = 0; p < ROWS; p++) sums[((slice * 4 + g) * ROWS + p) * 16 + lane] = sum[g][p];
  }
  barrier(CLK_LOCAL_MEM_FENCE);

  // Each of the first ROWS * 16 work-items owns a cell of row p.
  const int p = item / 16;
  if (p >= ROWS || first + p >= batch || (int)get_group_id(0) * 16 + lane >= hidden) return;
  const size_t row = step * batch + first + p, cell = row * cell_row + unit;
  const int source = (first + p) * cell_row + unit;
  float z[4];
  for (int g = 0; g < 4; g++) {
    z[g] = from_input[row * gate_row + g * hidden + unit] + b[g * hidden + unit];
    for (int s = 0; s < SLICES; s++) z[g] += sums[((s * 4 + g) * ROWS + p) * 16 + lane];
  }
  previous_h[cell] = before_h[source];
  step_forward(z, before_c[source], hidden, 1, gates + row * gate_row + unit, c + cell, h + cell);
}

// lstm_backward for GPUs.
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void lstm_backward_grouped(
    __global const float *restrict gates,       // [T][N][gate_row] i, f, g, o
    __global const float *restrict before_c,    // [N][cell_row] of the time step before, from `before` on
    __global const float *restrict c,           // [T][N][cell_row]
    __global const float *restrict w,           // [gate blocks][cell blocks][16 cells][16 gates]
    __global const float *restrict grad_h,      // [T][N][cell_row]
    __global const float *restrict grad_new_c,  // [T][N][cell_row] not read without has_grad_new_c
    __global float *grad_gates,                 // [T][N][gate_row]
    __global float *grad_c,                     // [N][cell_row] from one time step to the one before
    int step, int before, int is_last, int has_grad_new_c, int batch, int hidden) {
  __local float sums[SLICES * ROWS * 16];
  const int blocks = (hidden + 15) / 16, cell_row = blocks * 16, gate_row = (4 * hidden + 15) / 16 * 16;
  const int item = get_local_id(0), lane = item % 16, slice = item / 16;
  const int first = get_group_id(1) * ROWS;

  // Padding cells have rows of zeros in w.
  __global const float *weights = w + ((size_t)slice * blocks + get_group_id(0)) * 256 + lane * 16;
  __global const float *values[ROWS];
#pragma unroll
  for (int p = 0; p < ROWS; p++) {
    values[p] = grad_gates + (size_t)((step + 1) * batch + min(first + p, batch - 1)) * gate_row + slice * 16;
  }
  float4 sum[ROWS];
#pragma unroll
  for (int p = 0; p < ROWS; p++) sum[p] = 0.0f;
  for (int block = slice; block < (is_last ? 0 : gate_row / 16); block += SLICES) {
#pragma unroll
    for (int quad = 0; quad < 4; quad++) {
      const float4 weight = *(__global const float4 *)(weights + 4 * quad);
#pragma unroll
      for (int p = 0; p < ROWS; p++) {
        sum[p] = fma(*(__global const float4 *)(values[p] + 4 * quad), weight, sum[p]);
      }
    }
    weights += SLICES * blocks * 256;
#pragma unroll
    for (int p = 0; p < ROWS; p++) values[p] += SLICES * 16;
  }
#pragma unroll
  for (int p = 0; p < ROWS; p++) {
    const float2 half_sum = sum[p].lo + sum[p].hi;
    sums[(slice * ROWS + p) * 16 + lane] = half_sum.x + half_sum.y;
  }
  barrier(CLK_LOCAL_MEM_FENCE);

  const int p = item / 16, unit = get_group_id(0) * 16 + lane;
  if (p >= ROWS || first + p >= batch || unit >= hidden) return;
  const size_t row = step * batch + first + p, cell = row * cell_row + unit;
  const int at = (first + p) * cell_row + unit;
  float of_h = grad_h[cell], of_c = is_last ? 0.0f : grad_c[at];
  if (has_grad_new_c) of_c += grad_new_c[cell];
  for (int s = 0; s < SLICES; s++) of_h += sums[(s * ROWS + p) * 16 + lane];
  grad_c[at] = step_backward(
      gates + row * gate_row + unit, before_c[before * batch * cell_row + at], c[cell], of_h, of_c, hidden, 1,
      grad_gates + row * gate_row + unit);
}
#endif

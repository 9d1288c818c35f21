// LSTM cell on vectors: rows of 4 H gates, in the order input, forget, candidate, output, and of H cells.
// A row of a vector is contiguous, so a gate may begin at any float. Unit u of LANES cells: row u / units, cells from
// LANES * (u % units), where units = ceil(H / LANES).

// (i, f, g, o) = (sigmoid, sigmoid, tanh, sigmoid)(from_input + from_hidden); new_c = f c + i g; h = o tanh(new_c).
// One item: `run` units.
__kernel void lstm_cell_forward(
    __global const float *restrict from_input,   // [N][gate_row] 4 H, padded
    __global const float *restrict from_hidden,  // [N][gate_row]
    __global const float *restrict c,            // [N][cell_row] H, padded
    __global float *restrict h,                  // [N][cell_row]
    __global float *restrict new_c,              // [N][cell_row]
    __global float *restrict gates,              // [N][gate_row] i, f, g, o
    int batch, int hidden, int run) {
  const int units = (hidden + LANES - 1) / LANES;
  const int cell_row = (hidden + 15) / 16 * 16, gate_row = (4 * hidden + 15) / 16 * 16;
  const int first = get_global_id(0) * run;
  const int last = min(first + run, batch * units);
  for (int u = first; u < last; u++) {
    const int n = u / units, j = u % units * LANES;
    const int lanes = min(LANES, hidden - j);
    const size_t gate = (size_t)n * gate_row + j, cell = (size_t)n * cell_row + j;
    vector z[4];
    for (int k = 0; k < 4; k++) {
      const size_t at = gate + k * hidden;
      const vector sum = load_lanes(from_input + at, lanes) + load_lanes(from_hidden + at, lanes);
      z[k] = k == 2 ? tanh(sum) : logistic(sum);
      store_lanes(z[k], gates + at, lanes);
    }
    const vector state = fma(z[1], load_lanes(c + cell, lanes), z[0] * z[2]);
    store_lanes(state, new_c + cell, lanes);
    store_lanes(z[3] * tanh(state), h + cell, lanes);
  }
}

// grad_c' = grad_new_c + grad_h o (1 - tanh(new_c)^2); grad_c = grad_c' f; grad_gates through the gates' functions.
// One item: `run` units. A gradient whose flag is 0 counts as zero and is not read.
__kernel void lstm_cell_backward(
    __global const float *restrict gates,  // [N][gate_row] i, f, g, o
    __global const float *restrict c,      // [N][cell_row]
    __global const float *restrict new_c,  // [N][cell_row]
    __global const float *grad_h,          // [N][cell_row]
    __global const float *grad_new_c,      // [N][cell_row]
    __global float *restrict grad_gates,   // [N][gate_row]
    __global float *restrict grad_c,       // [N][cell_row]
    int has_grad_h, int has_grad_new_c, int batch, int hidden, int run) {
  const int units = (hidden + LANES - 1) / LANES;
  const int cell_row = (hidden + 15) / 16 * 16, gate_row = (4 * hidden + 15) / 16 * 16;
  const int first = get_global_id(0) * run;
  const int last = min(first + run, batch * units);
  for (int u = first; u < last; u++) {
    const int n = u / units, j = u % units * LANES;
    const int lanes = min(LANES, hidden - j);
    const size_t gate = (size_t)n * gate_row + j, cell = (size_t)n * cell_row + j;
    const vector i = load_lanes(gates + gate, lanes), f = load_lanes(gates + gate + hidden, lanes);
    const vector g = load_lanes(gates + gate + 2 * hidden, lanes), o = load_lanes(gates + gate + 3 * hidden, lanes);
    const vector t = tanh(load_lanes(new_c + cell, lanes));
    vector of_h = 0.0f, of_c = 0.0f;
    if (has_grad_h) of_h = load_lanes(grad_h + cell, lanes);
    if (has_grad_new_c) of_c = load_lanes(grad_new_c + cell, lanes);
    of_c = fma(of_h * o, 1.0f - t * t, of_c);
    store_lanes(of_c * g * i * (1.0f - i), grad_gates + gate, lanes);
    store_lanes(of_c * load_lanes(c + cell, lanes) * f * (1.0f - f), grad_gates + gate + hidden, lanes);
    store_lanes(of_c * i * (1.0f - g * g), grad_gates + gate + 2 * hidden, lanes);
    store_lanes(of_h * t * o * (1.0f - o), grad_gates + gate + 3 * hidden, lanes);
    store_lanes(of_c * f, grad_c + cell, lanes);
  }
}

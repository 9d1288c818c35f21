// Loss scaling as in torch.amp.GradScaler, all on the device: state = [scale, finite steps, 1 if a gradient is not
// finite]. A new state may be the old one.

// y = x * scale.
// One work-item in all.
__kernel void scale_loss(
    __global const float *restrict x,      // [1]
    __global const float *restrict state,  // [3]
    __global float *restrict y) {          // [1]
  y[0] = x[0] * state[0];
}

// new_state = state.
// One work-item in all.
__kernel void copy_loss_scale(
    __global const float *state,  // [3]
    __global float *new_state) {  // [3]
  for (int i = 0; i < 3; i++) new_state[i] = state[i];
}

#if LANES == 16
typedef int16 ints;
#define BITS as_int16
#define ANY any
#elif LANES == 4
typedef int4 ints;
#define BITS as_int4
#define ANY any
#else
typedef int ints;
#define BITS as_int
#define ANY
#endif

// Sets state[2] to 1 if a float of up to eight gradients, with their padding, is infinite or NaN.
// A work-item owns `run` vectors of the gradient that its second index selects.
__kernel __attribute__((vec_type_hint(vector))) void find_non_finite(
    __global const float *g0,      // [count0]
    __global const float *g1,      // [count1]
    __global const float *g2,      // [count2]
    __global const float *g3,      // [count3]
    __global const float *g4,      // [count4]
    __global const float *g5,      // [count5]
    __global const float *g6,      // [count6]
    __global const float *g7,      // [count7]
    __global volatile int *state,  // [3] floats
    int count0, int count1, int count2, int count3, int count4, int count5, int count6, int count7, int run) {
  __global const float *g = g0;
  int count = count0;
  // clang-format off
  switch (get_global_id(1)) {
    case 1: g = g1; count = count1; break;
    case 2: g = g2; count = count2; break;
    case 3: g = g3; count = count3; break;
    case 4: g = g4; count = count4; break;
    case 5: g = g5; count = count5; break;
    case 6: g = g6; count = count6; break;
    case 7: g = g7; count = count7; break;
  }
  // clang-format on
  const int first = get_global_id(0) * run;
  const int last = min(first + run, (count + LANES - 1) / LANES);
  // Without the sign, only the bits of NaN are larger than those of infinity. Not tested by x * 0, which some compilers
  // take to be zero.
  ints largest = 0;
  for (int i = first; i < last; i++) {
    const vector v = load_lanes(g + LANES * i, min(LANES, count - LANES * i));
    largest = max(largest, BITS(v) & 0x7fffffff);
  }
  if (ANY(largest >= 0x7f800000)) atomic_xchg(state + 2, as_int(1.0f));
}

// After a step: the scale is multiplied by `backoff` if a gradient was not finite, and by `growth` after `interval`
// finite steps.
// One work-item in all.
__kernel void update_loss_scale(
    __global const float *state,  // [3]
    __global float *new_state,    // [3]
    float growth, float backoff, int interval) {
  const bool was_found = state[2] > 0.5f;
  const float good = was_found ? 0.0f : state[1] + 1.0f, grown = state[0] * growth;
  const bool grows = good >= interval;
  new_state[0] = was_found ? state[0] * backoff : grows && isfinite(grown) ? grown : state[0];
  new_state[1] = grows ? 0.0f : good;
  new_state[2] = 0.0f;
}

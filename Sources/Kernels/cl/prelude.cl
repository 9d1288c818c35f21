// Prepended to every program: the blocked device layout of features, and the activations.
// Features are [N][blocks][H + 2 halo][W + 2 halo][block] floats; the halo and padding channels are zero and stay zero.
// In mixed precision, maps of whole blocks are stored as half, of which a define tells the kernels; sums are in float.

#define BLOCK 16

// Geometry of features (N, C, H, W), or (N, C) with H = W = 1.
typedef struct {
  int channels, height, width, halo, block, blocks;
} Features;

// Not a return value: Oclgrind cannot run functions that return structures.
static void set_features(Features *f, int channels, int height, int width) {
  f->channels = channels;
  f->height = height;
  f->width = width;
  f->halo = height * width > 1 ? 1 : 0;
  f->block = f->halo && channels <= 4 ? channels : BLOCK;
  f->blocks = (channels + f->block - 1) / f->block;
}

// Floats before the first pixel of row `row` of all N * H rows, in channel block `cb`.
static size_t row_offset(Features f, int row, int cb) {
  const int n = row / f.height, y = row % f.height;
  const size_t line = ((size_t)n * f.blocks + cb) * (f.height + 2 * f.halo) + y + f.halo;
  return (line * (f.width + 2 * f.halo) + f.halo) * f.block;
}

// From the first pixel of row *y of an image, *y < height, to that of the next row of all N * H rows of the block.
static size_t next_row(Features f, size_t offset, int *y) {
  const size_t line = (size_t)(f.width + 2 * f.halo) * f.block;
  if (++*y < f.height) return offset + line;
  *y = 0;
  return offset + line + ((size_t)(f.blocks - 1) * (f.height + 2 * f.halo) + 2 * f.halo) * line;
}

// Real channels in channel block `cb`.
static int real_lanes(Features f, int cb) { return min(f.block, f.channels - cb * f.block); }

// Floats that memory-bound kernels take at a time: 16 on CPUs; on GPUs, where neighbouring work-items take neighbouring
// floats, 4 if they are aligned, else 1. Kernels name this type in vec_type_hint, so that compilers do not vectorise
// across work-items as well: Intel's compiler for CPUs spends 20 s per file on that and gains nothing.
#ifndef LANES
#define LANES 16
#endif
#if LANES == 16
typedef float16 vector;
#elif LANES == 4
typedef float4 vector;
#else
typedef float vector;
#endif

// The first float of LANES channels in row `row` of all N * H rows.
static size_t group_offset(Features f, int row, int group) {
  return row_offset(f, row, group * LANES / BLOCK) + group * LANES % BLOCK;
}

// A whole vector. Quads are aligned to 16 bytes, and are read as quads: GPUs read a float * float by float.
static vector load_vector(__global const float *p) {
#if LANES == 16
  return vload16(0, p);
#else
  return *(__global const vector *)p;
#endif
}

static void store_vector(vector v, __global float *p) {
#if LANES == 16
  vstore16(v, 0, p);
#else
  *(__global vector *)p = v;
#endif
}

// The first `lanes` floats of a vector; the others are zero, and are not read.
static vector load_lanes(__global const float *p, int lanes) {
  if (lanes == LANES) return load_vector(p);
  vector v = 0.0f;
#if LANES == 4
  // Not by index, which would move the vector from registers to memory on GPUs.
  if (lanes > 0) v.x = p[0];
  if (lanes > 1) v.y = p[1];
  if (lanes > 2) v.z = p[2];
#else
  for (int i = 0; i < lanes; i++) ((float *)&v)[i] = p[i];
#endif
  return v;
}

// Writes only the first `lanes` floats of a vector.
static void store_lanes(vector v, __global float *p, int lanes) {
  if (lanes == LANES) {
    store_vector(v, p);
    return;
  }
#if LANES == 4
  if (lanes > 0) p[0] = v.x;
  if (lanes > 1) p[1] = v.y;
  if (lanes > 2) p[2] = v.z;
#else
  for (int i = 0; i < lanes; i++) p[i] = ((const float *)&v)[i];
#endif
}

// As load_lanes and store_lanes, for channels of features: a whole vector of them is aligned to its size.
static vector load_block(__global const float *p, int lanes) {
  return lanes == LANES ? *(__global const vector *)p : load_lanes(p, lanes);
}

static void store_block(vector v, __global float *p, int lanes) {
  if (lanes == LANES) {
    *(__global vector *)p = v;
  } else {
    store_lanes(v, p, lanes);
  }
}

// Four halves, aligned to 8 bytes, read and written together: vload_half4 alone may read them one by one. Each is
// converted in a variable of its own, which compilers keep in a register.
static float float_of(ushort bits) { return vload_half(0, (const half *)&bits); }

static float4 floats_of(uint2 halves) {
  const ushort4 bits = as_ushort4(halves);
  return (float4)(float_of(bits.x), float_of(bits.y), float_of(bits.z), float_of(bits.w));
}

static float4 load_halves(__global const half *p) { return floats_of(*(__global const uint2 *)p); }

static ushort half_of(float v) {
  ushort bits;
  vstore_half_rte(v, 0, (half *)&bits);
  return bits;
}

static void store_halves(float4 v, __global half *p) {
  *(__global ushort4 *)p = (ushort4)(half_of(v.x), half_of(v.y), half_of(v.z), half_of(v.w));
}

// The first `lanes` of a quad of halves. Maps of halves have whole blocks, so that all lanes may be read.
#if LANES == 4
static vector load_half_lanes(__global const half *p, int lanes) { return load_halves(p); }

static void store_half_lanes(vector v, __global half *p, int lanes) {
  if (lanes == LANES) {
    store_halves(v, p);
    return;
  }
  if (lanes > 0) vstore_half_rte(v.x, 0, p);
  if (lanes > 1) vstore_half_rte(v.y, 1, p);
  if (lanes > 2) vstore_half_rte(v.z, 2, p);
}
#endif

// For kernels whose features are all stored as one type: HALF is 1, and LANES is 4, if that is half. Copies use
// stored_bits.
#if HALF
typedef half stored;
typedef ushort stored_bits;
#define load_stored load_half_lanes
#define store_stored store_half_lanes
#else
typedef float stored;
typedef float stored_bits;
#define load_stored load_block
#define store_stored store_block
#endif

#if LANES == 16
static float sum_of_lanes(float16 v) {
  // Not v.lo + v.hi: Oclgrind takes the upper half of sixteen lanes to be uninitialised.
  const float8 *halves = (const float8 *)&v;
  const float8 a = halves[0] + halves[1];
  const float4 b = a.lo + a.hi;
  const float2 c = b.lo + b.hi;
  return c.x + c.y;
}
#elif LANES == 4
static float sum_of_lanes(float4 v) {
  const float2 c = v.lo + v.hi;
  return c.x + c.y;
}
#endif

// Identity, leaky rectifier and rectifier are one function, with slope 1, s and 0 below zero.
#define PIECEWISE_LINEAR 0
#define TANH 1
#define SIGMOID 2

static vector logistic(vector z) { return 1.0f / (1.0f + exp(-z)); }

static vector activate(vector z, int activation, float slope) {
  if (activation == PIECEWISE_LINEAR) return select(slope * z, z, z > 0.0f);
  if (activation == TANH) return tanh(z);
  return logistic(z);
}

// f'(z) from y = f(z). For a piecewise linear f only the sign matters, so z may be passed as y.
static vector slope_at_output(vector y, int activation, float slope) {
  if (activation == PIECEWISE_LINEAR) return select((vector)(slope), (vector)(1.0f), y > 0.0f);
  if (activation == TANH) return 1.0f - y * y;
  return y * (1.0f - y);
}

static vector slope_at_input(vector z, int activation, float slope) {
  const vector y = activation == PIECEWISE_LINEAR ? z : activate(z, activation, slope);
  return slope_at_output(y, activation, slope);
}

// Work-items in a work-group of kernels that sum in local memory.
#define GROUP 128

// The sum of v over the work-items of a work-group with the same local index modulo `quads`, a power of 2.
static vector group_sum(vector v, __local vector *scratch, int quads) {
  const int item = get_local_id(0);
  scratch[item] = v;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int others = GROUP / 2; others >= quads; others /= 2) {
    if (item < others) scratch[item] += scratch[item + others];
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  const vector total = scratch[item % quads];
  barrier(CLK_LOCAL_MEM_FENCE);
  return total;
}

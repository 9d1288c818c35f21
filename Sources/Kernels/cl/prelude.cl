// Prepended to every program: the blocked device layout of features, and the activations.
// Features are [N][blocks][H + 2 halo][W + 2 halo][block] floats; halo and padding channels are zero and stay so.

#define BLOCK 16

// Geometry of features (N, C, H, W), or (N, C) with H = W = 1.
typedef struct {
  int channels, height, width, halo, block, blocks;
} Features;

// Not returned: Oclgrind cannot run what calls of functions that return structures become.
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

// The first `lanes` of 16 floats; the others are zero, and are not read.
static float16 load_lanes(__global const float *p, int lanes) {
  if (lanes == 16) return vload16(0, p);
  float part[16];
  for (int i = 0; i < 16; i++) part[i] = i < lanes ? p[i] : 0.0f;
  return vload16(0, part);
}

// Writes the first `lanes` of 16 floats and leaves the others alone.
static void store_lanes(float16 v, __global float *p, int lanes) {
  if (lanes == 16) {
    vstore16(v, 0, p);
    return;
  }
  float part[16];
  vstore16(v, 0, part);
  for (int i = 0; i < lanes; i++) p[i] = part[i];
}

// As store_lanes, for channels of features: whole blocks of 16 start at multiples of 64 bytes.
static void store_block(float16 v, __global float *p, int lanes) {
  if (lanes == BLOCK) {
    *(__global float16 *)p = v;
  } else {
    store_lanes(v, p, lanes);
  }
}

static float sum_of_lanes(float16 v) {
  const float8 a = v.lo + v.hi;
  const float4 b = a.lo + a.hi;
  const float2 c = b.lo + b.hi;
  return c.x + c.y;
}

// Identity, leaky rectifier and rectifier are one function of the slope below zero: 1, s and 0.
#define PIECEWISE_LINEAR 0
#define TANH 1
#define SIGMOID 2

static float16 logistic(float16 z) { return 1.0f / (1.0f + exp(-z)); }

static float16 activate(float16 z, int activation, float slope) {
  if (activation == PIECEWISE_LINEAR) return select(slope * z, z, z > 0.0f);
  if (activation == TANH) return tanh(z);
  return logistic(z);
}

// f'(z) from y = f(z). Of a piecewise linear f only the sign matters, so z may stand for y.
static float16 slope_at_output(float16 y, int activation, float slope) {
  if (activation == PIECEWISE_LINEAR) return select((float16)(slope), (float16)(1.0f), y > 0.0f);
  if (activation == TANH) return 1.0f - y * y;
  return y * (1.0f - y);
}

static float16 slope_at_input(float16 z, int activation, float slope) {
  const float16 y = activation == PIECEWISE_LINEAR ? z : activate(z, activation, slope);
  return slope_at_output(y, activation, slope);
}

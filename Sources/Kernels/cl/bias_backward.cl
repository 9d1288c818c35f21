// grad_b[k] = sum over n, oy, ox of grad_y[n,k,oy,ox], over the images of one part; sum_partials adds the parts.
// A work-item owns one channel block of images_per_part images.
// Defines: GRADIENT_BLOCK (channels side by side in grad_y).
#ifndef GRADIENT_BLOCK
#define GRADIENT_BLOCK 16
#endif

__kernel __attribute__((vec_type_hint(float16))) void bias_backward(
    __global const float *restrict grad_y,  // [N][KB][height + 2 halo][width + 2 halo][GRADIENT_BLOCK]
    __global float *restrict grad_b,        // [parts][KB][16]
    int images, int blocks, int height, int width, int halo, int images_per_part) {
  const int part = get_global_id(0), kb = get_global_id(1);
  const int row = (width + 2 * halo) * GRADIENT_BLOCK, plane = (height + 2 * halo) * row;
  float lanes[16] = {0};
  float16 sum = 0.0f;
  for (int n = part * images_per_part; n < min((part + 1) * images_per_part, images); n++) {
    for (int oy = 0; oy < height; oy++) {
      __global const float *at = grad_y + (size_t)(n * blocks + kb) * plane + (oy + halo) * row + halo * GRADIENT_BLOCK;
      for (int ox = 0; ox < width; ox++) {
#if GRADIENT_BLOCK == 16
        sum += vload16(ox, at);
#else
        for (int k = 0; k < GRADIENT_BLOCK; k++) lanes[k] += at[ox * GRADIENT_BLOCK + k];
#endif
      }
    }
  }
#if GRADIENT_BLOCK != 16
  sum = vload16(0, lanes);
#endif
  vstore16(sum, part * blocks + kb, grad_b);
}

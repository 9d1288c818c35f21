// y = x, from half to float, padding included: for kernels that only take floats.
// A work-item owns four elements; neighbouring work-items own neighbouring elements.
__kernel void floats_from_halves(
    __global const half *restrict x,  // [4 items]
    __global float *restrict y) {     // [4 items]
  const size_t at = 4 * get_global_id(0);
  *(__global float4 *)(y + at) = load_halves(x + at);
}

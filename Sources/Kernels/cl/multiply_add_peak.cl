// y[i] = the total of twelve sums s after `turns` turns of s = s * factor + factor, to measure how fast a device can
// multiply and add. fma, as a device may split mad into two instructions.
// A work-item owns one element of y.
// Defines: WIDTH (floats in a vector: 1, 8 or 16).
#if WIDTH == 1
typedef float Sum;
#define ELEMENTS_OF(s) (s)
#elif WIDTH == 8
typedef float8 Sum;
#define ELEMENTS_OF(s) ((s).s0 + (s).s7)
#else
typedef float16 Sum;
#define ELEMENTS_OF(s) ((s).s0 + (s).sf)
#endif

__kernel void multiply_add_peak(
    __global float *y,  // [items]
    float factor, int turns) {
  const Sum f = (Sum)(factor);
  Sum a = f, b = f * 2, c = f * 3, d = f * 4, e = f * 5, g = f * 6;
  Sum h = f * 7, i = f * 8, j = f * 9, k = f * 10, l = f * 11, m = f * 12;
  for (int turn = 0; turn < turns; turn++) {
    a = fma(a, f, f);
    b = fma(b, f, f);
    c = fma(c, f, f);
    d = fma(d, f, f);
    e = fma(e, f, f);
    g = fma(g, f, f);
    h = fma(h, f, f);
    i = fma(i, f, f);
    j = fma(j, f, f);
    k = fma(k, f, f);
    l = fma(l, f, f);
    m = fma(m, f, f);
  }
  const Sum all = a + b + c + d + e + g + h + i + j + k + l + m;
  y[get_global_id(0)] = ELEMENTS_OF(all);
}

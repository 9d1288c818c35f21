// What libclc leaves to the target and NVPTX cannot lower: native functions, as NVIDIA's own compiler lowers them. exp
// and its like are then libclc's and not NVIDIA's, so that counts of kernels that use them are only indicative.
#define OVERLOAD __attribute__((overloadable, always_inline)) static inline
#define OF_VECTORS(f)                                                \
  OVERLOAD float2 f(float2 v) { return (float2)(f(v.x), f(v.y)); }   \
  OVERLOAD float4 f(float4 v) { return (float4)(f(v.lo), f(v.hi)); } \
  OVERLOAD float8 f(float8 v) { return (float8)(f(v.lo), f(v.hi)); } \
  OVERLOAD float16 f(float16 v) { return (float16)(f(v.lo), f(v.hi)); }
#define NATIVE(name, value)                      \
  OVERLOAD float name(float x) { return value; } \
  OF_VECTORS(name)
NATIVE(gpu_exp2, __nvvm_ex2_approx_ftz_f(x))
NATIVE(gpu_exp, __nvvm_ex2_approx_ftz_f(x * 1.4426950408889634f))
NATIVE(gpu_log2, __nvvm_lg2_approx_ftz_f(x))
NATIVE(gpu_log, __nvvm_lg2_approx_ftz_f(x) * 0.6931471805599453f)
NATIVE(gpu_sqrt, __nvvm_sqrt_approx_ftz_f(x))
NATIVE(gpu_rsqrt, __nvvm_rsqrt_approx_ftz_f(x))
NATIVE(gpu_recip, __nvvm_rcp_approx_ftz_f(x))
#define native_exp2 gpu_exp2
#define native_exp gpu_exp
#define native_log2 gpu_log2
#define native_log gpu_log
#define native_sqrt gpu_sqrt
#define native_rsqrt gpu_rsqrt
#define native_recip gpu_recip
#define rsqrt gpu_rsqrt

import Testing

@testable import TensorEngine

@Suite struct OutlinedKernelsTests {
  private func outlined(_ text: String) -> String { OutlinedKernels(text, suffix: "_2").text }

  @Test func aKernelCallsAFunctionThatGetsItsIndices() {
    let text = """
      static float twice(float x) { return 2 * x; }
      // Half of them.
      __kernel __attribute__((vec_type_hint(float16))) void scale(
          __global const float *restrict x,  // [count] (real ones)
          __global float *y,                 // [count]
          int count) {
        const int first = get_global_id(1) * get_global_size(0);
        if (first < count) { y[first] = twice(x[first]); }
      }
      static float thrice(float x) { return 3 * x; }
      """
    let attribute = "__attribute__((vec_type_hint(float16)))"
    let parameters = "__global const float *restrict x, __global float *y, int count"
    let added = ", const size_t global_id_1, const size_t global_size_0"
    #expect(
      outlined(text) == """
        static float twice(float x) { return 2 * x; }
        // Half of them.
        static __attribute__((noinline)) void scale_items_2(\(parameters)\(added)); \
        __kernel \(attribute) void scale(\(parameters)) \
        { scale_items_2(x, y, count, get_global_id(1), get_global_size(0)); } \
        static void scale_items_2(
            __global const float *restrict x,  // [count] (real ones)
            __global float *y,                 // [count]
            int count\(added)) {
          const int first = global_id_1 * global_size_0;
          if (first < count) { y[first] = twice(x[first]); }
        }
        static float thrice(float x) { return 3 * x; }
        """)
  }

  @Test func aKernelThatKnowsItsGroupStaysAsItIs() {
    let group = "__kernel void group(__global int *x) { x[get_global_id(0)] = get_local_id(0); }\n"
    let memory = "__kernel void memory(__global int *x) { __local int y[2]; x[get_global_id(0)] = y[0]; }\n"
    let parameter = "__kernel void parameter(__global int *x, __local int *y) { x[get_global_id(0)] = y[0]; }\n"
    let none = "__kernel void none(__global int *x) { x[0] = 1; }\n"
    let unclosed = "__kernel void unclosed(__global int *x) { x[get_global_id(0)] = 1;\n"
    for text in [group, memory, parameter, none, unclosed] { #expect(outlined(text) == text) }
    #expect(outlined(group + none).hasSuffix(none))
  }

  @Test func everyKernelForCPUsIsAFunction() {
    for file in KernelLibrary.embedded.files {
      let text = outlined(file.text)
      #expect(KernelLibrary.File(name: file.name, text: text).kernelNames == file.kernelNames)
      #expect(text.split(separator: "\n").count == file.text.split(separator: "\n").count)
    }
    let files = [
      "batch_norm.cl", "batch_norm_backward.cl", "conv2d_gather.cl", "conv2d_winograd.cl",
      "conv2d_winograd_backward_weight.cl", "adam.cl",
    ]
    for file in files.compactMap(KernelLibrary.embedded.file(named:)) {
      let text = outlined(file.text)
      for kernel in file.kernelNames { #expect(text.contains("static void \(kernel)_items_2("), "\(kernel)") }
    }
  }
}

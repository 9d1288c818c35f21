import Foundation
import Testing

@testable import TensorEngine

@Suite struct KernelLibraryTests {
  @Test func everyFileOfTheFolderIsBuiltIn() throws {
    let folder = URL(filePath: #filePath).appending(path: "../../../../Sources/Kernels/cl").standardizedFileURL
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix(".") }
    #expect(KernelLibrary.embedded.sources.map(\.name).sorted() == names.sorted())
    for file in KernelLibrary.embedded.sources {
      #expect(try String(contentsOf: folder.appending(path: file.name), encoding: .utf8) == file.text)
    }
  }

  @Test func findsKernelsByTheirDeclarations() {
    let text = """
      // __kernel in a comment
      __kernel void first(__global float *x) {}
      void helper(void) {}
      __kernel __attribute__((reqd_work_group_size(1, 1, 1)))
      void second(
          __global float *x) {}
      """
    let file = KernelLibrary.File(name: "two.cl", text: text)
    let library = KernelLibrary([KernelLibrary.File(name: "prelude.cl", text: "#define A 1"), file])
    #expect(library.kernelNames == ["first", "second"])
    #expect(library.file(ofKernel: "second") == file)
  }

  @Test func aHeaderStandsInEveryFileThatIncludesIt() {
    let header = KernelLibrary.File(name: "twice.h", text: "// 2 x.\nstatic float twice(float x) { return 2 * x; }\n")
    let first = KernelLibrary.File(
      name: "first.cl", text: "// Doubles.\n#include \"twice.h\"\n__kernel void first(__global float *x) {}\n")
    let second = KernelLibrary.File(name: "second.cl", text: "#include \"twice.h\"\n__kernel void second(void) {}")
    let library = KernelLibrary([first, header, second])
    #expect(library.sources == [first, header, second])
    #expect(library.files.map(\.name) == ["first.cl", "second.cl"])
    #expect(
      library.file(ofKernel: "first").text == """
        // Doubles.
        #line 1 "twice.h"
        // 2 x.
        static float twice(float x) { return 2 * x; }
        #line 3 "first.cl"
        __kernel void first(__global float *x) {}

        """)
    #expect(library.file(ofKernel: "second").declaredNames == ["twice"])
  }

  @Test func noKernelIncludesWhatTheLibraryDoesNotKnow() {
    for file in KernelLibrary.embedded.files { #expect(!file.text.contains("#include"), "\(file.name)") }
  }

  @Test func onlyCodeIsInTheDigest() {
    func digest(_ text: String, _ header: String = "#define A 1") -> String {
      let sources = [KernelLibrary.File(name: "a.cl", text: text), KernelLibrary.File(name: "a.h", text: header)]
      #expect(KernelLibrary(sources).codeDigest == KernelLibrary(sources.reversed()).codeDigest)
      return KernelLibrary(sources).codeDigest
    }
    let digestOfOne = digest("static float *f(float *x) { return x + 1; }")
    #expect(digest("// A comment.\nstatic float* f(\n    float* x) {  // another\n  return x + 1;\n}\n") == digestOfOne)
    #expect(digest("static float *f(float *x) { return x + 2; }") != digestOfOne)
    #expect(digest("static float *f(float *x) { returnx + 1; }") != digestOfOne)
    #expect(digest("static float *f(float *x) { return x + 1; }", "#define A 2") != digestOfOne)
  }
}

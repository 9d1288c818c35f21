import Foundation
import Testing

@testable import TensorEngine

@Suite struct KernelLibraryTests {
  @Test func everyFileOfTheFolderIsBuiltIn() throws {
    let folder = URL(filePath: #filePath).appending(path: "../../../../Sources/Kernels/cl").standardizedFileURL
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".cl") }
    #expect(KernelLibrary.embedded.files.map(\.name).sorted() == names.sorted())
    for file in KernelLibrary.embedded.files {
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
}

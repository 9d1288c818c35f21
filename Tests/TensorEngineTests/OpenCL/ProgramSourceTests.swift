import Testing

@testable import TensorEngine

@Suite struct ProgramSourceTests {
  private let file = KernelLibrary.File(
    name: "scale.cl",
    text: """
      #define HALF (FACTOR / 2)
      typedef struct {
        float value;
      } Scaled;
      static float scaled(float x) { return FACTOR * x; }
      __kernel void scale(__global float *x) { x[0] = scaled(x[0]); }
      """)

  private func part(_ factor: Int, lanes: Int? = nil) -> ProgramPart {
    let lanes = lanes.map { ["LANES": "\($0)"] } ?? [:]
    return ProgramPart(file: file, defines: lanes.merging(["FACTOR": "\(factor)"]) { $1 })
  }

  @Test func findsWhatAFileDeclares() {
    #expect(file.kernelNames == ["scale"])
    #expect(file.declaredNames == ["Scaled", "scaled"])
    #expect(file.macroNames == ["HALF"])
  }

  @Test func aFileThatComesAgainHasNamesOfItsOwn() {
    let source = ProgramSource([part(3), part(2)])
    #expect(source.name == "scale.cl+1" && source.options == "-cl-std=CL1.2 -w")
    #expect(source.name(ofKernel: "scale", in: part(2)) == "scale")
    #expect(source.name(ofKernel: "scale", in: part(3)) == "scale_1")
    let text = source.text(prelude: KernelLibrary.File(name: "prelude.cl", text: "#define BLOCK 16"), isOutlined: false)
    #expect(
      text.hasPrefix(
        """
        #line 1 "prelude.cl"
        #define BLOCK 16
        #define FACTOR 2
        #define Scaled Scaled_0
        #define scaled scaled_0
        #line 1 "scale.cl"
        #define HALF (FACTOR / 2)

        """))
    #expect(
      text.hasSuffix(
        """
        }
        #undef FACTOR
        #undef HALF
        #undef Scaled
        #undef scale
        #undef scaled

        """))
    #expect(!text.contains("#undef BLOCK"))
  }

  @Test func dividesAmongCompilersWithoutMixingLanes() {
    let parts = (1...6).map { part($0) } + (1...2).map { part($0, lanes: 4) }
    let sources = ProgramSource.dividing(parts, among: 4)
    #expect(sources.map(\.parts.count).sorted() == [1, 1, 1, 1, 2, 2])
    #expect(Set(sources.flatMap(\.parts)) == Set(parts))
    #expect(Set(sources.map(\.options)) == ["-cl-std=CL1.2 -w", "-cl-std=CL1.2 -w -D LANES=4"])
    #expect(ProgramSource.dividing(parts.reversed(), among: 4).map(\.name) == sources.map(\.name))
    #expect(ProgramSource.dividing(parts.prefix(1), among: 4).map(\.parts) == [[part(1)]])
  }
}

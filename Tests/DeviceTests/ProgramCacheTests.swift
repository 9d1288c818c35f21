import Foundation
import Testing

@testable import TensorEngine

@Suite(.enabled(if: TestDevice.isThere), .exclusiveDevice) struct ProgramCacheTests {
  /// Runs a kernel on a fresh backend and says where its program came from.
  private func run(folder: String?, _ library: KernelLibrary = TestDevice.arithmetic) throws -> ProgramCache.Counts {
    let backend = try TestDevice.backend(library, folder: folder.map { ProgramFolder(path: $0) })
    let x = try backend.upload(HostTensor([2], [1, 2]), as: .plain)
    try backend.enqueue(try backend.prepare(TestDevice.scale(2, by: 4)), [x], [x])
    #expect(try backend.download(x).values == [4, 8])
    return backend.programCounts
  }

  @Test func aSecondStartDoesNotCompile() throws {
    try TestDevice.withFolder { folder in
      let path = folder + "/made/on/demand"
      #expect(try run(folder: path) == ProgramCache.Counts(compiled: 1, loaded: 0))
      #expect(try run(folder: path) == ProgramCache.Counts(compiled: 0, loaded: 1))
      let files = try FileManager.default.contentsOfDirectory(atPath: path)
      #expect(files.allSatisfy { $0.hasPrefix("arithmetic.cl-") })
      #expect(files.map { $0.suffix(4) }.sorted() == [".bin", "part"])
    }
  }

  /// Programs are native code: what others may write is not loaded.
  @Test(arguments: ["folder", "file"]) func whatOthersMayWriteIsNotLoaded(_ part: String) throws {
    try TestDevice.withFolder { folder in
      _ = try run(folder: folder)
      let files = try FileManager.default.contentsOfDirectory(atPath: folder).map { "\(folder)/\($0)" }
      for path in part == "folder" ? [folder] : files { chmod(path, part == "folder" ? 0o777 : 0o666) }
      #expect(try run(folder: folder) == ProgramCache.Counts(compiled: 1, loaded: 0))
      // That has closed the folder, and written the files anew.
      #expect(try run(folder: folder) == ProgramCache.Counts(compiled: 0, loaded: 1))
    }
  }

  @Test func aChangedSourceIsCompiled() throws {
    try TestDevice.withFolder { folder in
      _ = try run(folder: folder)
      var file = TestDevice.arithmetic.files[0]
      file.text += "\n"
      #expect(try run(folder: folder, KernelLibrary([file])) == ProgramCache.Counts(compiled: 1, loaded: 0))
    }
  }

  /// The only file with an ending.
  private func file(_ ending: String, in folder: String) throws -> String {
    let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(ending) }
    try #require(files.count == 1)
    return files[0]
  }

  @Test(arguments: ["empty", "cut", "bit", "foreign"], [".bin", ".part"])
  func aFileThatIsNotWholeIsCompiledAnew(_ damage: String, _ ending: String) throws {
    try TestDevice.withFolder { folder in
      _ = try run(folder: folder)
      let name = try file(ending, in: folder)
      let url = URL(filePath: folder).appending(path: name)
      var bytes = try Data(contentsOf: url)
      switch damage {
      case "empty": bytes = Data()
      case "cut": bytes = bytes.dropLast(bytes.count / 2)
      case "bit": bytes[bytes.count / 2] ^= 1
      default: bytes = Data("something else".utf8)
      }
      try bytes.write(to: url)
      #expect(try run(folder: folder) == ProgramCache.Counts(compiled: 1, loaded: 0))
      #expect(try run(folder: folder) == ProgramCache.Counts(compiled: 0, loaded: 1), "the file was not replaced")
    }
  }

  @Test(arguments: [".bin", ".part"])
  func aWholeFileOfAnotherKeyIsNotUsed(_ ending: String) throws {
    try TestDevice.withFolder { folder in
      let files = try ["one", "two"].map { name in
        var file = TestDevice.arithmetic.files[0]
        file.text += "// \(name)\n"
        _ = try run(folder: "\(folder)/\(name)", KernelLibrary([file]))
        return (file, try self.file(ending, in: "\(folder)/\(name)"))
      }
      let (one, two) = ("\(folder)/one/\(files[0].1)", "\(folder)/two/\(files[1].1)")
      try FileManager.default.removeItem(atPath: two)
      try FileManager.default.copyItem(atPath: one, toPath: two)
      let counts = try run(folder: "\(folder)/two", KernelLibrary([files[1].0]))
      #expect(counts == ProgramCache.Counts(compiled: 1, loaded: 0))
    }
  }

  /// Every file must compile beside all the others, and beside itself with other sizes.
  @Test(arguments: [DeviceTraits.Kind.cpu, .gpu])
  func allKernelsShareAFewPrograms(_ kind: DeviceTraits.Kind) throws {
    var traits = DeviceTraits(try #require(TestDevice.device).facts)
    traits.kind = kind
    let launches = OpName.allCases.flatMap { name in
      name.type.parityCases.flatMap { $0.op.plan($0.inputs, on: traits).launches }
    }
    let variants = Set(launches.map(\.variant))
    let cache = ProgramCache(
      try CommandQueue(try #require(TestDevice.device), profiling: false), library: .embedded,
      folder: nil)
    try cache.prepare(variants)
    let counts = cache.counts
    let widths = Set(variants.map { $0.defines["LANES"] }).count
    #expect(counts.compiled <= widths * ProcessInfo.processInfo.activeProcessorCount)
    for variant in variants { _ = try cache.kernel(variant.kernel, defines: variant.defines) }
    #expect(cache.counts == counts, "a program was made for one kernel")
  }

  /// Adds twice STEP, by a macro, a type and a function that all its variants declare.
  private static let increment = KernelLibrary.File(
    name: "increment.cl",
    text: """
      #ifndef STEP
      #define STEP 0
      #endif
      #define TWICE (2 * STEP)
      typedef float Value;
      static Value raised(Value x) { return x + TWICE; }
      __kernel void increment(__global float *x) { x[get_global_id(0)] = raised(x[get_global_id(0)]); }
      """)

  private static func increment(by step: Int?) -> LaunchPlan {
    let defines = step.map { ["STEP": "\($0)"] } ?? [:]
    return LaunchPlan([KernelLaunch("increment", defines: defines, ["x": .output(0)], over: [1], groups: [1])])
  }

  /// More variants than programs are compiled at once.
  @Test func variantsInAProgramAreKeptApart() throws {
    let steps = [nil] + (1...9).map(Optional.some)
    let backend = try TestDevice.backend(KernelLibrary([Self.increment]))
    try backend.programs.prepare(steps.map { Self.increment(by: $0).launches[0].variant })
    #expect(backend.programCounts.compiled < steps.count)
    for step in steps {
      let x = try backend.upload(HostTensor([1], [1]), as: .plain)
      try backend.enqueue(try backend.prepare(Self.increment(by: step)), [], [x])
      #expect(try backend.download(x).values == [Float(1 + 2 * (step ?? 0))])
    }
  }

  @Test func whatIsThereIsNotCompiledAgainForOtherKernels() throws {
    let library = KernelLibrary(TestDevice.arithmetic.files + [Self.increment])
    let increments = [1, 2].map { Self.increment(by: $0).launches[0].variant }
    try TestDevice.withFolder { folder in
      func counts(_ variants: [KernelVariant]) throws -> ProgramCache.Counts {
        let backend = try TestDevice.backend(library, folder: ProgramFolder(path: folder))
        try backend.programs.prepare(variants)
        for variant in variants {
          _ = try backend.programs.kernel(variant.kernel, defines: variant.defines)
        }
        try backend.finish()
        return backend.programCounts
      }
      let first = try counts(increments)
      #expect(first.loaded == 0 && first.compiled > 0)
      let scale = TestDevice.scale(1, by: 1).launches[0].variant
      #expect(try counts([increments[0], scale]).compiled == 1)
      #expect(try counts(increments + [scale]).compiled == 0)
    }
  }

  @Test func aFolderThatCannotBeUsedIsNoError() throws {
    let once = ProgramCache.Counts(compiled: 1, loaded: 0)
    #expect(try run(folder: nil) == once)
    #expect(try run(folder: "/proc/drnet") == once)
    func permissions() throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: "/dev/null")[.posixPermissions] as? Int
    }
    let before = try permissions()
    #expect(try run(folder: "/dev/null") == once)
    #expect(try permissions() == before)
  }
}

import COpenCL
import Dispatch
import Foundation

/// Compiled kernels of one device: in memory for this run, on disk for later runs.
///
/// A program is compiled, or loaded, when its first kernel is requested. `store()` stores new programs after they have
/// run, since PoCL compiles a kernel again for the work-group that it is first enqueued with, and keeps the result in
/// the binary. When the binary is requested, PoCL compiles every kernel once more, for work-groups of any size. So
/// programs are stored on another thread while the work continues.
///
/// Kernels that are requested together and not cached yet are split into just enough programs to keep all compiler
/// threads busy. On disk, a small file for each part of a program names that program. A later run that needs other
/// parts as well thus compiles only those.
final class ProgramCache {
  /// Counts where the programs of this run came from.
  struct Counts: Equatable {
    var compiled = 0
    var loaded = 0
  }

  /// A built program. At least one of its parts is in no other program.
  private struct Program: @unchecked Sendable {
    var source: ProgramSource
    var program: OpenCLProgram
    var storageKey: String
  }

  /// Number of programs that are compiled at a time.
  private static let compilers = min(ProcessInfo.processInfo.activeProcessorCount, 8)

  private let queue: CommandQueue
  let library: KernelLibrary
  private let folder: ProgramFolder?
  private var programs: [ProgramPart: Program] = [:]
  /// Programs that are not on disk yet.
  private var unsaved: [Program] = []
  private let storing = DispatchQueue(label: "drnet.programs", qos: .utility)
  private(set) var counts = Counts()

  /// - Parameter folder: where programs are stored; nil to store none.
  init(_ queue: CommandQueue, library: KernelLibrary, folder: ProgramFolder?) {
    self.queue = queue
    self.library = library
    self.folder = folder
  }

  deinit { storing.sync {} }

  /// Builds the programs of these kernels, several at a time.
  func prepare(_ variants: some Sequence<KernelVariant>) throws(DeviceError) {
    let wanted = Set(variants.map(part)).sorted { $0.name < $1.name }
    for part in wanted where programs[part] == nil {
      if let program = load(part) { keep(program, isLoaded: true) }
    }
    let sources = ProgramSource.dividing(wanted.filter { programs[$0] == nil }, among: Self.compilers)
    let results = [Result<Program, DeviceError>](unsafeUninitializedCapacity: sources.count) { results, count in
      nonisolated(unsafe) let first = results.baseAddress
      parallelFor(sources.count) { range in
        for index in range {
          (first! + index).initialize(to: Result { () throws(DeviceError) in try compile(sources[index]) })
        }
      }
      count = sources.count
    }
    for case .success(let program) in results { keep(program, isLoaded: false) }
    for result in results { _ = try result.get() }
  }

  /// A new kernel object, without arguments.
  func kernel(_ name: String, defines: [String: String]) throws(DeviceError) -> OpenCLKernel {
    let variant = KernelVariant(kernel: name, defines: defines)
    let part = part(variant)
    if programs[part] == nil { try prepare([variant]) }
    let program = programs[part]!
    var status: Int32 = CL_SUCCESS
    guard let kernel = clCreateKernel(program.program.handle, program.source.name(ofKernel: name, in: part), &status)
    else {
      throw .call(OpenCLStatus(status), doing: "\(part.name): making kernel \(name)")
    }
    return OpenCLKernel(kernel)
  }

  private func part(_ variant: KernelVariant) -> ProgramPart {
    ProgramPart(file: library.file(ofKernel: variant.kernel), defines: variant.defines)
  }

  /// Starts to store the programs compiled since the last call. The cache waits for this to finish when it is released.
  /// The queue must be empty: if a binary is requested while a kernel with a fixed work-group size runs, PoCL 3.1 takes
  /// the kernel's reference from the entry of the other compilation and ends the process. So the binaries of such
  /// programs are requested here, before any other thread runs.
  func store() {
    guard let folder, !unsaved.isEmpty else { return }
    let device = queue.device.deviceID
    let programs = unsaved.map { ($0, isFixed: Self.isOfFixedGroups($0.program, device)) }
    let fixed = programs.filter(\.isFixed).map { ($0.0, Self.binary(of: $0.0.program)) }
    let others = programs.filter { !$0.isFixed }.map(\.0)
    let partKeys = Dictionary(uniqueKeysWithValues: unsaved.flatMap(\.source.parts).map { ($0, storageKey([$0])) })
    storing.async {
      for (program, binary) in fixed { Self.store(binary, of: program, partKeys, in: folder) }
      for program in others { Self.store(Self.binary(of: program.program), of: program, partKeys, in: folder) }
    }
    unsaved = []
  }

  /// Searches the compiled kernels: a file may have others, for other devices.
  private static func isOfFixedGroups(_ program: OpenCLProgram, _ device: cl_device_id) -> Bool {
    var count: cl_uint = 0
    clCreateKernelsInProgram(program.handle, 0, nil, &count)
    var handles = [cl_kernel?](repeating: nil, count: Int(count))
    clCreateKernelsInProgram(program.handle, count, &handles, nil)
    let kernels = handles.compactMap { $0.map(OpenCLKernel.init) }
    defer { withExtendedLifetime(kernels) {} }
    return kernels.contains { kernel in
      var group = [0, 0, 0]
      let length = group.count * MemoryLayout<Int>.stride
      clGetKernelWorkGroupInfo(
        kernel.handle, device, cl_kernel_work_group_info(CL_KERNEL_COMPILE_WORK_GROUP_SIZE), length, &group, nil)
      return group != [0, 0, 0]
    }
  }

  private static func store(
    _ binary: [UInt8]?, of program: Program, _ partKeys: [ProgramPart: String], in folder: ProgramFolder
  ) {
    guard let binary, let list = try? JSONEncoder().encode(program.source.parts.map(StoredPart.init)) else { return }
    folder.store(name: program.source.name, key: program.storageKey, ending: "bin", binary)
    for part in program.source.parts {
      folder.store(name: part.file.name, key: partKeys[part]!, ending: "part", Array(list))
    }
  }

  private func keep(_ program: Program, isLoaded: Bool) {
    for part in program.source.parts where programs[part] == nil { programs[part] = program }
    counts.loaded += isLoaded ? 1 : 0
    counts.compiled += isLoaded ? 0 : 1
    if folder != nil, !isLoaded { unsaved.append(program) }
  }

  /// The key under which a program of these parts, and the entry of one part, are stored: everything that they depend
  /// on. It does not hold the generated text, which takes a tenth of a second to generate; `ProgramSource.form` stands
  /// for the way it is generated.
  private func storageKey(_ parts: [ProgramPart]) -> String {
    let facts = queue.device.facts
    let device = [facts.platform, facts.platformVersion, facts.name, facts.version, facts.driver]
    let shared = [ProgramSource.form, library.prelude?.text ?? ""]
    return (device + shared + parts.flatMap { [$0.name, $0.file.text] }).joined(separator: "\n")
  }

  private func compile(_ source: ProgramSource) throws(DeviceError) -> Program {
    var status: Int32 = CL_SUCCESS
    let isOutlined = queue.device.facts.compilesKernelsThrice
    let program = source.text(prelude: library.prelude, isOutlined: isOutlined).withCString { text in
      var text: UnsafePointer<CChar>? = text
      return clCreateProgramWithSource(queue.context, 1, &text, nil, &status)
    }
    guard let program = program.map(OpenCLProgram.init) else {
      throw .call(OpenCLStatus(status), doing: "\(source.name): making a program")
    }
    status = build(program, options: source.options)
    guard status == CL_SUCCESS else {
      let device = queue.device.deviceID
      let log = openCLText {
        clGetProgramBuildInfo(program.handle, device, cl_program_build_info(CL_PROGRAM_BUILD_LOG), $0, $1, $2)
      }
      // The log says which of several files it is about.
      let defines = source.parts.count == 1 ? source.parts[0].defines : [:]
      throw .build(OpenCLStatus(status), file: source.name, defines: defines, log: log)
    }
    return Program(source: source, program: program, storageKey: storageKey(source.parts))
  }

  /// The stored program of an earlier run that contains a part; nil if there is none or the driver rejects it.
  private func load(_ part: ProgramPart) -> Program? {
    guard let list = folder?.load(name: part.file.name, key: storageKey([part]), ending: "part"),
      let stored = try? JSONDecoder().decode([StoredPart].self, from: Data(list))
    else { return nil }
    let parts = stored.compactMap { $0.part(in: library) }
    guard parts.count == stored.count, parts.contains(part),
      parts.allSatisfy({ $0.preludeDefines == part.preludeDefines })
    else {
      return nil
    }
    let source = ProgramSource(parts)
    let storageKey = storageKey(source.parts)
    guard let binary = folder?.load(name: source.name, key: storageKey, ending: "bin"),
      let program = load(binary, options: source.options)
    else { return nil }
    return Program(source: source, program: program, storageKey: storageKey)
  }

  private func load(_ binary: [UInt8], options: String) -> OpenCLProgram? {
    var device: cl_device_id? = queue.device.deviceID
    var status: Int32 = CL_SUCCESS
    var length = binary.count
    let program = binary.withUnsafeBufferPointer { bytes in
      var start = bytes.baseAddress
      return clCreateProgramWithBinary(queue.context, 1, &device, &length, &start, nil, &status)
    }
    guard let program = program.map(OpenCLProgram.init), status == CL_SUCCESS,
      build(program, options: options) == CL_SUCCESS
    else { return nil }
    return program
  }

  private func build(_ program: OpenCLProgram, options: String) -> Int32 {
    var device: cl_device_id? = queue.device.deviceID
    return clBuildProgram(program.handle, 1, &device, options, nil, nil)
  }

  private static func binary(of program: OpenCLProgram) -> [UInt8]? {
    var size = 0
    let sizes = cl_program_info(CL_PROGRAM_BINARY_SIZES)
    guard clGetProgramInfo(program.handle, sizes, MemoryLayout<Int>.size, &size, nil) == CL_SUCCESS, size > 0 else {
      return nil
    }
    var status: Int32 = CL_SUCCESS
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      var start = buffer.baseAddress
      let length = MemoryLayout<UnsafeMutablePointer<UInt8>?>.size
      status = clGetProgramInfo(program.handle, cl_program_info(CL_PROGRAM_BINARIES), length, &start, nil)
      count = status == CL_SUCCESS ? size : 0
    }
    return status == CL_SUCCESS ? bytes : nil
  }
}

/// A part, as it is written in the stored list of a program's parts.
private struct StoredPart: Codable {
  var file: String
  var defines: [String: String]

  init(_ part: ProgramPart) {
    file = part.file.name
    defines = part.defines
  }

  /// nil if the library has no such file.
  func part(in library: KernelLibrary) -> ProgramPart? {
    library.file(named: file).map { ProgramPart(file: $0, defines: defines) }
  }
}

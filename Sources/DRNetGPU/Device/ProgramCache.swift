import COpenCL
import Dispatch

/// Compiled kernels of one device: in memory for this run, on disk for the next.
///
/// A program is compiled, or loaded, when its first kernel is asked for. New ones are stored by `store()`, after they have
/// run: PoCL compiles a kernel again for the work-group it is first enqueued with, and keeps the result in the binary.
/// Asked for the binary it compiles every kernel once more, for work-groups of any size; that is why programs are stored
/// on another thread while the work goes on.
///
/// Files that are asked for together, with no define but their lanes, make up one program: most of what PoCL takes to
/// compile one of them is the start of its compiler.
final class ProgramCache {
  /// Where the programs of this run came from.
  struct Counts: Equatable {
    var compiled = 0
    var loaded = 0
  }

  /// What a kernel comes from.
  private struct Part: Hashable {
    var file: KernelLibrary.File
    var defines: [String: String]

    /// Whether others may be in its program; sizes of tiles are macros that files have in common.
    var isSociable: Bool { defines.keys.allSatisfy { $0 == "LANES" } }
  }

  /// What a program comes from: files in the order of their names.
  private struct Key {
    var files: [KernelLibrary.File]
    var defines: [String: String]

    /// Such as "add.cl" or "add.cl+3".
    var name: String { files[0].name + (files.count == 1 ? "" : "+\(files.count - 1)") }

    var parts: [Part] { files.map { Part(file: $0, defines: defines) } }

    /// What the compiler is told.
    var options: String {
      "-cl-std=CL1.2" + defines.sorted { $0.key < $1.key }.map { " -D \($0.key)=\($0.value)" }.joined()
    }
  }

  /// A program and where it came from.
  private struct Made: @unchecked Sendable {
    var program: cl_program
    /// What it is stored under.
    var storageKey: String
    var isLoaded: Bool
  }

  /// A program that is not on disk yet.
  private struct Unsaved: @unchecked Sendable {
    var program: cl_program
    var name: String
    var key: String
    /// Whether a kernel has work-groups of a fixed size.
    var isOfFixedGroups: Bool
  }

  private let queue: CommandQueue
  private let library: KernelLibrary
  private let folder: ProgramFolder?
  private var programs: [cl_program] = []
  private var programOfPart: [Part: cl_program] = [:]
  private var unsaved: [Unsaved] = []
  private let storing = DispatchQueue(label: "drnet.programs", qos: .utility)
  private(set) var counts = Counts()

  /// - Parameter folder: nil to keep nothing.
  init(_ queue: CommandQueue, library: KernelLibrary, folder: ProgramFolder?) {
    self.queue = queue
    self.library = library
    self.folder = folder
  }

  deinit {
    storing.sync {}
    for program in programs { clReleaseProgram(program) }
  }

  /// Makes the programs of these kernels, several at once.
  func prepare(_ variants: some Sequence<KernelVariant>) throws(DeviceError) {
    let missing = Set(variants.map { Part(file: library.file(ofKernel: $0.kernel), defines: $0.defines) })
      .subtracting(programOfPart.keys)
    let sociable = Dictionary(grouping: missing.filter(\.isSociable), by: \.defines)
    let keys =
      (sociable.map { Key(files: $1.map(\.file).sorted { $0.name < $1.name }, defines: $0) }
      + missing.filter { !$0.isSociable }.map { Key(files: [$0.file], defines: $0.defines) })
      .sorted { ($0.name, $0.options) < ($1.name, $1.options) }
    let results = [Result<Made, DeviceError>](unsafeUninitializedCapacity: keys.count) { results, count in
      nonisolated(unsafe) let first = results.baseAddress
      parallelFor(keys.count) { range in
        for index in range {
          (first! + index).initialize(to: Result { () throws(DeviceError) in try make(keys[index]) })
        }
      }
      count = keys.count
    }
    for case (let key, .success(let made)) in zip(keys, results) { keep(made, key) }
    for result in results { _ = try result.get() }
  }

  /// A new kernel object, which the caller releases.
  func kernel(_ name: String, defines: [String: String]) throws(DeviceError) -> cl_kernel {
    let file = library.file(ofKernel: name)
    let part = Part(file: file, defines: defines)
    if programOfPart[part] == nil {
      let key = Key(files: [file], defines: defines)
      keep(try make(key), key)
    }
    var status: Int32 = CL_SUCCESS
    guard let kernel = clCreateKernel(programOfPart[part], name, &status) else {
      throw .call(OpenCLStatus(status), doing: "\(file.name): making kernel \(name)")
    }
    return kernel
  }

  /// Begins to store the programs compiled since the last time; the cache waits for the end of it when it is released.
  /// Nothing may be under way on the queue: asked for a binary while a kernel of fixed work-groups runs, PoCL 3.1 takes the
  /// kernel's reference from the entry of the other compilation and ends the process. It is asked for those at once.
  func store() {
    guard let folder, !unsaved.isEmpty else { return }
    let fixed = unsaved.filter(\.isOfFixedGroups).map { ($0, Self.binary(of: $0.program)) }
    let others = unsaved.filter { !$0.isOfFixedGroups }
    storing.async {
      for (item, binary) in fixed { Self.store(binary, of: item, in: folder) }
      for item in others { Self.store(Self.binary(of: item.program), of: item, in: folder) }
    }
    unsaved = []
  }

  private static func store(_ binary: [UInt8]?, of item: Unsaved, in folder: ProgramFolder) {
    if let binary { folder.store(name: item.name, key: item.key, binary: binary) }
  }

  private func keep(_ made: Made, _ key: Key) {
    programs.append(made.program)
    for part in key.parts { programOfPart[part] = made.program }
    counts.loaded += made.isLoaded ? 1 : 0
    counts.compiled += made.isLoaded ? 0 : 1
    guard folder != nil, !made.isLoaded else { return }
    let isOfFixedGroups = key.files.contains { $0.text.contains("reqd_work_group_size") }
    unsaved.append(
      Unsaved(program: made.program, name: key.name, key: made.storageKey, isOfFixedGroups: isOfFixedGroups))
  }

  /// Loads a program, or compiles it; any thread may.
  private func make(_ key: Key) throws(DeviceError) -> Made {
    let source = library.source(of: key.files)
    let facts = queue.device.facts
    let storageKey = [
      facts.platform, facts.platformVersion, facts.name, facts.version, facts.driver, key.options, source,
    ]
    .joined(separator: "\n")
    if let binary = folder?.load(name: key.name, key: storageKey), let program = load(binary, options: key.options) {
      return Made(program: program, storageKey: storageKey, isLoaded: true)
    }
    return Made(program: try compile(source, key), storageKey: storageKey, isLoaded: false)
  }

  private func compile(_ source: String, _ key: Key) throws(DeviceError) -> cl_program {
    var status: Int32 = CL_SUCCESS
    let program = source.withCString { text in
      var text: UnsafePointer<CChar>? = text
      return clCreateProgramWithSource(queue.context, 1, &text, nil, &status)
    }
    guard let program else { throw .call(OpenCLStatus(status), doing: "\(key.name): making a program") }
    status = build(program, options: key.options)
    guard status == CL_SUCCESS else {
      let device = queue.device.deviceID
      let log = openCLText {
        clGetProgramBuildInfo(program, device, cl_program_build_info(CL_PROGRAM_BUILD_LOG), $0, $1, $2)
      }
      clReleaseProgram(program)
      throw .build(OpenCLStatus(status), file: key.name, defines: key.defines, log: log)
    }
    return program
  }

  /// A program from its binary; nil where the driver does not take it.
  private func load(_ binary: [UInt8], options: String) -> cl_program? {
    var device: cl_device_id? = queue.device.deviceID
    var status: Int32 = CL_SUCCESS
    var length = binary.count
    let program = binary.withUnsafeBufferPointer { bytes in
      var start = bytes.baseAddress
      return clCreateProgramWithBinary(queue.context, 1, &device, &length, &start, nil, &status)
    }
    guard let program else { return nil }
    guard status == CL_SUCCESS, build(program, options: options) == CL_SUCCESS else {
      clReleaseProgram(program)
      return nil
    }
    return program
  }

  private func build(_ program: cl_program, options: String) -> Int32 {
    var device: cl_device_id? = queue.device.deviceID
    return clBuildProgram(program, 1, &device, options, nil, nil)
  }

  private static func binary(of program: cl_program) -> [UInt8]? {
    var size = 0
    let sizes = cl_program_info(CL_PROGRAM_BINARY_SIZES)
    guard clGetProgramInfo(program, sizes, MemoryLayout<Int>.size, &size, nil) == CL_SUCCESS, size > 0 else {
      return nil
    }
    var status: Int32 = CL_SUCCESS
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      var start = buffer.baseAddress
      let length = MemoryLayout<UnsafeMutablePointer<UInt8>?>.size
      status = clGetProgramInfo(program, cl_program_info(CL_PROGRAM_BINARIES), length, &start, nil)
      count = status == CL_SUCCESS ? size : 0
    }
    return status == CL_SUCCESS ? bytes : nil
  }
}

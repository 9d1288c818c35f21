import COpenCL
import Dispatch

/// Compiled kernels of one device: in memory for this run, on disk for the next.
///
/// A program is compiled, or loaded, when its first kernel is asked for. New ones are stored by `store()`, after they have
/// run: PoCL compiles a kernel again for the work-group it is first enqueued with, and keeps the result in the binary.
/// Asked for the binary it compiles every kernel once more, for work-groups of any size; that is why programs are stored
/// on another thread while the work goes on.
final class ProgramCache {
  /// Where the programs of this run came from.
  struct Counts: Equatable {
    var compiled = 0
    var loaded = 0
  }

  private struct Key: Hashable {
    var file: String
    var defines: [String: String]
  }

  /// A program that is not on disk yet.
  private struct Unsaved: @unchecked Sendable {
    var program: cl_program
    var name: String
    var key: String
  }

  /// OpenCL 1.2 as it is written: no option that changes results.
  private static let options = "-cl-std=CL1.2"

  private let queue: CommandQueue
  private let library: KernelLibrary
  private let folder: ProgramFolder?
  private var programs: [Key: cl_program] = [:]
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
    for program in programs.values { clReleaseProgram(program) }
  }

  /// A new kernel object, which the caller releases.
  func kernel(_ name: String, defines: [String: String]) throws(DeviceError) -> cl_kernel {
    let file = library.file(ofKernel: name)
    let program = try program(file, defines: defines)
    var status: Int32 = CL_SUCCESS
    guard let kernel = clCreateKernel(program, name, &status) else {
      throw .call(OpenCLStatus(status), doing: "\(file.name): making kernel \(name)")
    }
    return kernel
  }

  /// Begins to store the programs compiled since the last time; the cache waits for the end of it when it is released.
  func store() {
    guard let folder, !unsaved.isEmpty else { return }
    storing.async { [unsaved] in
      for item in unsaved {
        if let binary = Self.binary(of: item.program) { folder.store(name: item.name, key: item.key, binary: binary) }
      }
    }
    unsaved = []
  }

  private func program(_ file: KernelLibrary.File, defines: [String: String]) throws(DeviceError) -> cl_program {
    let id = Key(file: file.name, defines: defines)
    if let program = programs[id] { return program }
    let source = library.source(of: file)
    let definitions = defines.sorted { $0.key < $1.key }.map { " -D \($0.key)=\($0.value)" }.joined()
    let options = Self.options + definitions
    let facts = queue.device.facts
    let key = [facts.platform, facts.platformVersion, facts.name, facts.version, facts.driver, options, source]
      .joined(separator: "\n")
    let program: cl_program
    if let binary = folder?.load(name: file.name, key: key), let loaded = load(binary, options: options) {
      program = loaded
      counts.loaded += 1
    } else {
      program = try compile(source, file: file.name, defines: defines, options: options)
      counts.compiled += 1
      if folder != nil { unsaved.append(Unsaved(program: program, name: file.name, key: key)) }
    }
    programs[id] = program
    return program
  }

  private func compile(
    _ source: String, file: String, defines: [String: String], options: String
  ) throws(DeviceError) -> cl_program {
    var status: Int32 = CL_SUCCESS
    let program = source.withCString { text in
      var text: UnsafePointer<CChar>? = text
      return clCreateProgramWithSource(queue.context, 1, &text, nil, &status)
    }
    guard let program else { throw .call(OpenCLStatus(status), doing: "\(file): making a program") }
    status = build(program, options: options)
    guard status == CL_SUCCESS else {
      let device = queue.device.deviceID
      let log = openCLText {
        clGetProgramBuildInfo(program, device, cl_program_build_info(CL_PROGRAM_BUILD_LOG), $0, $1, $2)
      }
      clReleaseProgram(program)
      throw .build(OpenCLStatus(status), file: file, defines: defines, log: log)
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

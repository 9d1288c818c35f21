import DRNetGPU
import Foundation
import TensorEngine
import Testing

/// Commands whose calls of OpenCL fail.
///
/// Of the failures of each function `DRNET_DEVICE_FAULTS` (default: 1) are tried for each command: calls in the middle, then at
/// the end and the beginning, and so on.
@Suite struct OpenCLCallTests {
  private static let functions = [
    "clGetPlatformIDs", "clGetPlatformInfo", "clGetDeviceIDs", "clGetDeviceInfo", "clCreateContext",
    "clCreateCommandQueue", "clCreateProgramWithSource", "clCreateProgramWithBinary", "clBuildProgram",
    "clGetProgramInfo", "clGetProgramBuildInfo", "clCreateKernel", "clCreateKernelsInProgram", "clSetKernelArg",
    "clGetKernelWorkGroupInfo", "clCreateBuffer", "clCreateSubBuffer", "clEnqueueReadBuffer", "clEnqueueWriteBuffer",
    "clEnqueueFillBuffer", "clEnqueueNDRangeKernel", "clEnqueueMarkerWithWaitList", "clFlush", "clFinish",
    "clWaitForEvents", "clGetEventInfo", "clGetEventProfilingInfo",
  ]

  /// Numbers, and what the message must say; no driver has the last.
  private static let errors = [
    -5: "CL_OUT_OF_RESOURCES", -2: "CL_DEVICE_NOT_AVAILABLE", -6: "CL_OUT_OF_HOST_MEMORY",
    -36: "CL_INVALID_COMMAND_QUEUE", -9999: "-9999",
  ]

  private static let count = Int(ProcessInfo.processInfo.environment["DRNET_DEVICE_FAULTS"] ?? "") ?? 1

  /// `count` different numbers of `1...calls`, spread over them.
  private static func numbers(of calls: Int) -> [Int] {
    let spread = (0..<count).map {
      1 + Int((0.5 + 0.618034 * Double($0)).truncatingRemainder(dividingBy: 1) * Double(calls))
    }
    return Array(Set(spread)).sorted()
  }

  @Test(.enabled(if: !OpenCLInventory().devices.isEmpty, "no OpenCL device"), arguments: FaultyCommand.onTheDevice)
  func everyFailureIsOneLineThatNamesIt(_ command: FaultyCommand) throws {
    let all = try command.reference(FailingCall(functions: Self.functions))
    let calls = Dictionary(grouping: all.calls) { $0.prefix { $0 != " " } }.mapValues(\.count)
    #expect(calls.count > 15)
    var endings: [Int32: Int] = [:]
    for (function, calls) in calls.sorted(by: { $0.key < $1.key }) {
      let errors = Self.errors.sorted { $0.key > $1.key }
      for (index, number) in Self.numbers(of: calls).enumerated() {
        let (error, name) = errors[index % errors.count]
        let call = FailingCall(functions: [String(function)], number: number, failure: "\(error)")
        var observation = try command.observe(call, expecting: all.files)
        let message = observation.outcome.messages.last ?? ""
        if observation.outcome.status == 1, !message.contains(name) { observation.complaints.append("unnamed") }
        endings[observation.outcome.status, default: 0] += 1
        #expect(
          observation.complaints.isEmpty,
          "\(command.name), \(call) of \(calls): \(observation.outcome.messages.suffix(2))")
      }
    }
    print("\(command.name): \(calls.values.reduce(0, +)) calls of \(calls.count) functions; endings: \(endings)")
  }
}

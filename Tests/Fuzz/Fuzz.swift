import Foundation
import TestSupport

/// The reader under test.
private let reader: FuzzedReader = {
  let name = ProcessInfo.processInfo.environment["DRNET_FUZZED_READER"] ?? ""
  guard let reader = FuzzedReader(rawValue: name) else { fatalError("DRNET_FUZZED_READER=\(name): no such reader") }
  return reader
}()

/// What libFuzzer calls with every input: whatever it is, the reader takes it or complains in one line.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let complaint = reader.complaint(about: Data(UnsafeBufferPointer(start: start, count: count)))
  if let complaint, !isOneLine(complaint) { fatalError("not one line: \(complaint.debugDescription)") }
  return 0
}

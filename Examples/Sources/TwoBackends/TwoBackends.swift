import Foundation
import TensorEngine

/// The backends that the examples compare: the CPU backend, and the first OpenCL device that can compute.
public func twoBackends() throws -> [any Backend] {
  let devices = OpenCLInventory().devices.filter { $0.facts.obstacle == nil }
  return [CPUBackend()] + (try devices.prefix(1).map { try OpenCLBackend($0) })
}

/// Prints the losses that each backend reached, and ends the program with status 1 if two of them differ by more than
/// `tolerance`, as a share of the first.
public func compare(_ losses: [(backend: any Backend, loss: Float)], tolerance: Float) {
  for (backend, loss) in losses { print("\(backend.description): \(loss)") }
  guard losses.count == 2 else { return print("no OpenCL device here: nothing to compare with") }
  let difference = abs(losses[1].loss - losses[0].loss) / losses[0].loss
  guard difference <= tolerance else {
    print("they differ by a share of \(difference); expected at most \(tolerance)")
    exit(1)
  }
  print("both agree, to a share of \(difference)")
}

import Foundation

extension CPUBackend {
  /// OpenBLAS takes a buffer of this size (`BUFFER_SIZE` and a page, on x86-64) at its first product.
  private static let bufferBytes = 128 << 20 | 4096

  /// Makes sure that OpenBLAS gets its buffer: it asks again for ever if it does not.
  /// - Throws: `AllocationError` if the limits of the process leave no room for it.
  public static func requireRoomForBLAS() throws {
    guard let probe = mmap(nil, bufferBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), probe != MAP_FAILED else {
      throw AllocationError.noAddressSpace(asked: bufferBytes)
    }
    munmap(probe, bufferBytes)
  }
}

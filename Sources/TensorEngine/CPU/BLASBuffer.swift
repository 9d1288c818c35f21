import Foundation

extension CPUBackend {
  /// OpenBLAS takes a buffer of 128 MiB and a page (`BUFFER_SIZE` on x86-64) at its first product; the rest is for the
  /// threads and the memory that come before that.
  private static let roomBytes = 512 << 20

  /// Makes sure that OpenBLAS gets its buffer: it asks again for ever if it does not.
  /// - Throws: `AllocationError` if the limits of the process leave no room for it.
  public static func requireRoomForBLAS() throws {
    guard let probe = mmap(nil, roomBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), probe != MAP_FAILED else {
      throw AllocationError.noAddressSpace(asked: roomBytes)
    }
    munmap(probe, roomBytes)
  }
}

import Foundation

/// Makes sure that so many more files can be open at once; Foundation traps if there are too few for a program it starts.
/// - Throws: `FileError` if they cannot.
package func requireFreeDescriptors(_ count: Int, toStart program: URL) throws {
  var free: [Int32] = []
  defer { for descriptor in free { close(descriptor) } }
  while free.count < count {
    let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(program, cannot: "start this program", errno: errno) }
    free.append(descriptor)
  }
}

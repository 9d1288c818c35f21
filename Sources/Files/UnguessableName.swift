import Foundation

/// Creates something under a name in `folder` that no other user can foresee, so that nothing lies in wait there.
/// - Parameter create: creates it at a path; returns a negative number if that fails, and `errno` says why. It must not
///   accept what exists (`O_EXCL`, or `mkdir`); then it is called again with another name.
/// - Returns: the path, and the result of `create`.
package func createUnguessable(
  in folder: URL, _ prefix: String, _ suffix: String = "", create: (String) -> Int32
) -> (url: URL, result: Int32) {
  while true {
    let url = folder.appending(path: prefix + String(UInt64.random(in: .min ... .max), radix: 36) + suffix)
    let result = create(url.path)
    if result >= 0 || errno != EEXIST { return (url, result) }
  }
}

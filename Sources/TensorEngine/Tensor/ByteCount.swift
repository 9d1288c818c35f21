/// An amount of memory in human-readable form.
public struct ByteCount: Hashable, Sendable, CustomStringConvertible {
  public var bytes: Int

  public init(_ bytes: Int) { self.bytes = bytes }

  /// Reads "1500000", "512MiB", "1.5 GiB" or "2G"; units are powers of 1024.
  /// nil for anything else and for an empty text.
  public init?(_ text: String) {
    guard let match = text.wholeMatch(of: #/(\d{1,15}(?:\.\d{1,6})?) ?([KMGT]?)(?:i?B)?/#.ignoresCase()),
      let number = Double(match.1)
    else { return nil }
    let power = ["", "K", "M", "G", "T"].firstIndex(of: match.2.uppercased()) ?? 0
    let bytes = (0..<power).reduce(number) { value, _ in value * 1024 }
    guard bytes >= 1, bytes < 0x1p62 else { return nil }
    self.bytes = Int(bytes)
  }

  /// Such as "1.5 MiB"; in whole bytes below 1 KiB.
  public var description: String {
    guard bytes >= 1024 else { return "\(bytes) bytes" }
    var (value, unit) = (Double(bytes) / 1024, "KiB")
    for larger in ["MiB", "GiB", "TiB"] where value >= 1024 { (value, unit) = (value / 1024, larger) }
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10)\(tenths % 10 == 0 ? "" : ".\(tenths % 10)") \(unit)"
  }

  /// The description, with the exact number of bytes if it is rounded.
  var exact: String { bytes < 1024 ? description : "\(description) (\(bytes) bytes)" }
}

import Foundation

/// The first version of the format, which earlier builds wrote: one class and one factor at most.
struct ClipsFormatVersion1 {
  private struct Header: Decodable {
    let imageSize: Int
    let channels: Int
    let classNames: [String]
    let factorName: String?
  }

  private struct Entry: Decodable {
    let name: String
    let split: String?
    let label: Int?
    let frames: Int
    let isCircular: Bool
    let factors: [[Float]]
    let offset: Int?
  }

  /// The texts in the terms of the present version.
  let header: ClipsFormat.Header
  let entries: [ClipsFormat.Entry]

  /// - Parameters:
  ///   - header: text of the first block.
  ///   - index: text of the index.
  /// - Throws: `DecodingError` if they are of another form.
  init(header: Data, index: Data) throws {
    let decoder = JSONDecoder()
    let former = try decoder.decode(Header.self, from: header)
    let entries = try decoder.decode([Entry].self, from: index)
    // How many numbers the factor has is told by the clips alone.
    let size = entries.first?.factors.first?.count ?? 0
    self.header = ClipsFormat.Header(
      version: 1, imageSize: former.imageSize, channels: former.channels,
      classes: former.classNames.isEmpty ? [] : [ClipClass("class", former.classNames)],
      factors: former.factorName.map { [ClipFactor($0, size: size)] } ?? [])
    self.entries = entries.map {
      ClipsFormat.Entry(
        name: $0.name, split: $0.split, labels: $0.label.map { [$0] } ?? [], frames: $0.frames,
        isCircular: $0.isCircular, factors: $0.factors, offset: $0.offset)
    }
  }
}

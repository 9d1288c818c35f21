import Testing

@testable import TensorEngine

@Suite struct BlockedLayoutTests {
  static let types: [TensorType] = [
    .features(1, 1, 1, 1), .features(2, 1, 4, 4), .features(3, 3, 5, 7), .features(2, 4, 3, 1), .features(2, 5, 7, 11),
    .features(1, 16, 4, 4), .features(2, 17, 3, 5), .features(3, 1), .features(5, 16), .features(2, 33),
    .filter(1, 1, 1, 1), .filter(3, 3, 4, 4), .filter(17, 5, 3, 5), .filter(16, 16, 4, 4), .filter(33, 18, 1, 1),
    .filter(1, 1), .filter(5, 33), .channels(1), .channels(16), .channels(17), .scalar, TensorType([2, 3, 5], .plain),
  ]

  /// 1, 2, 3, ...: no two elements alike, none zero.
  private func numbered(_ shape: Shape) -> HostTensor { HostTensor(shape, (1...shape.count).map { Float($0) }) }

  @Test(arguments: types) func unpackingUndoesPacking(_ type: TensorType) {
    let layout = BlockedLayout(type)
    let host = numbered(type.shape)
    let device = layout.pack(host)
    #expect(device.count == layout.count)
    #expect(layout.unpack(device) == host)
    #expect(device.count { $0 != 0 } == type.shape.count, "padding is not zero, or elements are missing")
  }

  /// The positions as the table in the documentation of `BlockedLayout` states them.
  @Test(arguments: types) func elementsAreWhereTheTableSays(_ type: TensorType) {
    let layout = BlockedLayout(type)
    let host = numbered(type.shape)
    let device = layout.pack(host)
    let s = type.shape
    switch type.role {
    case .features:
      let (b, halo) = (layout.featureBlock, layout.halo)
      let blocks = (s.channels + b - 1) / b
      for (index, value) in host.values.enumerated() {
        let (x, y) = (index % s.width, index / s.width % s.height)
        let (c, n) = (index / s.width / s.height % s.channels, index / s.width / s.height / s.channels)
        let row = (n * blocks + c / b) * (s.height + 2 * halo) + y + halo
        #expect(device[(row * (s.width + 2 * halo) + x + halo) * b + c % b] == value)
      }
    case .filter:
      let b = BlockedLayout.filterBlock(s)
      let (blocks, window) = ((s[1] + b - 1) / b, s.height * s.width)
      for (index, value) in host.values.enumerated() {
        let (tap, c, k) = (index % window, index / window % s[1], index / window / s[1])
        let row = ((k / 16 * blocks + c / b) * window + tap) * b + c % b
        #expect(device[row * 16 + k % 16] == value)
      }
    case .channels, .plain: #expect(Array(device.prefix(s.count)) == host.values)
    }
  }
}

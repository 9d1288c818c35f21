import Testing

@testable import TensorEngine

@Suite struct ByteCountTests {
  @Test(arguments: [
    ("1", 1), ("1500000", 1_500_000), ("512MiB", 512 << 20), ("1.5 GiB", 3 << 29), ("2G", 2 << 30), ("64kb", 65536),
  ])
  func reads(_ text: String, _ bytes: Int) { #expect(ByteCount(text)?.bytes == bytes) }

  @Test(arguments: ["", "0", "-1", "1e3", "GiB", "2 X", "9999999T", "0.5", "1,5G", " 1"])
  func refuses(_ text: String) { #expect(ByteCount(text) == nil) }

  @Test(arguments: [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1 KiB"), (1536, "1.5 KiB"), (3 << 40, "3 TiB")])
  func writes(_ bytes: Int, _ text: String) { #expect(ByteCount(bytes).description == text) }
}

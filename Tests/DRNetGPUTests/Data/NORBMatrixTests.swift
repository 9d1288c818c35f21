import Foundation
import TestSupport
import Testing

@testable import DRNetGPU

@Suite struct NORBMatrixTests {
  let folder: DataTestFolder
  init() throws { folder = try DataTestFolder() }

  private func openImages(_ bytes: [UInt8]) throws -> NORBImages {
    try NORBImages(folder.write("dat", bytes), scratch: folder.url)
  }

  private func line(_ bytes: [UInt8], dimensions: Int? = nil) -> String? {
    dataErrorLine {
      if let dimensions {
        _ = try NORBMatrix(contentsOf: folder.write("dat", bytes), dimensions: dimensions)
      } else {
        _ = try openImages(bytes)
      }
    }?.replacingOccurrences(of: folder.url.path, with: "DIR")
  }

  @Test func readsBothWidthsPlainAndGzipped() throws {
    let signed = NORBFiles.matrix(
      magic: 0x1E3D_4C54, [2, 3], NORBFiles.words([1, -2, 300, 70_000, 0, Int(Int32.min)]))
    let bytes = NORBFiles.matrix([5], [0, 1, 127, 128, 255])
    for gzipped in [false, true] {
      func matrix(_ bytes: [UInt8], dimensions: Int) throws -> NORBMatrix {
        let url = try folder.write("matrix", gzipped ? NORBFiles.gzip(bytes) : bytes)
        return try NORBMatrix(contentsOf: url, dimensions: dimensions)
      }
      let (first, second) = try (matrix(signed, dimensions: 2), matrix(bytes, dimensions: 1))
      #expect(first.extents == [2, 3] && first.values == [1, -2, 300, 70_000, 0, Int(Int32.min)])
      #expect(second.extents == [5] && second.values == [0, 1, 127, 128, 255])
    }
  }

  /// Words behind the dimensions mean nothing, whatever they are.
  @Test func spareExtentsAreNotLookedAt() throws {
    let url = try folder.write("cat", NORBFiles.words([0x1E3D_4C54, 1, 2, -1, 0, 3, 4]))
    #expect(try NORBMatrix(contentsOf: url, dimensions: 1).values == [3, 4])
  }

  @Test func wrongHeadersAreNamed() throws {
    let good = NORBFiles.dat(2, side: 8) { UInt8($0 + $1) }
    #expect(line(good) == nil)
    #expect(
      line(Array("MATLAB 5.0".utf8))
        == "DIR/dat: not a NORB matrix: it starts with [4d 41 54 4c], expected [55 4c 3d 1e] (bytes) or "
        + "[54 4c 3d 1e] (32-bit integers)")
    #expect(
      try #require(line(NORBFiles.matrix(magic: 0x554C_3D1E, [2, 2, 8, 8], [])))
        .hasPrefix("DIR/dat: not a NORB matrix: it starts with [1e 3d 4c 55]"))
    #expect(
      line(NORBFiles.matrix(magic: 0x1E3D_4C53, [2, 2, 8, 8], []))
        == "DIR/dat: NORB matrix of 64-bit floats, expected bytes or 32-bit integers")
    #expect(
      line(NORBFiles.matrix(magic: 0x1E3D_4C54, [2, 2, 8, 8], [UInt8](repeating: 0, count: 1024)))
        == "DIR/dat: NORB matrix of 32-bit integers, expected bytes")
    for dimensions in [0, 1, 2, 3, 5, 1 << 31, 0xFFFF_FFFF] {
      #expect(
        line(NORBFiles.matrix(dimensions: dimensions, [2, 2, 8, 8], good.dropFirst(24)))
          == "DIR/dat: NORB matrix of \(dimensions) dimensions, expected 4")
    }
    for dimensions in [0, 2, 4, 0xFFFF_FFFF] {
      #expect(
        line(NORBFiles.matrix(dimensions: dimensions, [3], [1, 2, 3]), dimensions: 1)
          == "DIR/dat: NORB matrix of \(dimensions) dimensions, expected 1")
    }
    let limit = "expected from 1 to 4294967296 bytes"
    #expect(line(NORBFiles.matrix([0, 2, 8, 8], [])) == "DIR/dat: NORB matrix of (0, 2, 8, 8) elements, \(limit)")
    let most = 0xFFFF_FFFF
    #expect(
      line(NORBFiles.matrix([most, most, most, most], []))
        == "DIR/dat: NORB matrix of (\(most), \(most), \(most), \(most)) elements, \(limit)")
    #expect(
      line(NORBFiles.matrix([most, most, 0, 8], []))
        == "DIR/dat: NORB matrix of (\(most), \(most), 0, 8) elements, \(limit)")
    #expect(
      line(NORBFiles.matrix([1 << 24, 2, 8, 8], []))
        == "DIR/dat: truncated: its header asks for 2147483648 bytes of images, 0 are there")
    #expect(line(NORBFiles.matrix([2, 3, 8, 8], [])) == "DIR/dat: images of 3 cameras, expected stereo pairs: 2")
    #expect(
      line(NORBFiles.matrix([2, 2, 1, 1], [0, 0])) == "DIR/dat: images of 1 x 1 px, expected 8 to 4096 per side")
    #expect(
      line(NORBFiles.matrix([2, 2, 8, 5000], [])) == "DIR/dat: images of 8 x 5000 px, expected 8 to 4096 per side")
    #expect(
      line(NORBFiles.matrix([1 << 23], []), dimensions: 1)
        == "DIR/dat: NORB matrix of (8388608) elements, expected at most 4194304")
    #expect(
      line(NORBFiles.matrix(magic: 0x1E3D_4C54, [most, 4], []), dimensions: 2)
        == "DIR/dat: NORB matrix of (\(most), 4) elements, \(limit)")
    #expect(
      line(NORBFiles.matrix([3], [1, 2, 3, 4]), dimensions: 1) == "DIR/dat: longer than its matrix of (3) (3 bytes)")
    #expect(line(good + [0]) == "DIR/dat: longer than the 256 bytes of images that its header asks for")
    #expect(
      line(try NORBFiles.gzip(good + [0])) == "DIR/dat: longer than the 256 bytes of images that its header asks for")
    #expect(
      line(try NORBFiles.gzip(Array(good.dropLast())))
        == "DIR/dat: truncated: its header asks for 256 bytes of images, 255 are there")
  }

  @Test(arguments: [false, true]) func everyTruncationIsOneLine(gzipped: Bool) throws {
    let files = [
      NORBFiles.dat(1, side: 8) { UInt8(7 * $0 + $1) },
      NORBFiles.matrix(magic: 0x1E3D_4C54, [3], NORBFiles.words([1, 2, 3])),
    ]
    for (file, dimensions) in zip(files, [nil, 1]) {
      let bytes = gzipped ? try NORBFiles.gzip(file) : file
      for length in 0..<bytes.count {
        let message = line(Array(bytes.prefix(length)), dimensions: dimensions) ?? ""
        #expect(message.hasPrefix("DIR/dat: ") && !message.contains("\n"), "\(length) bytes")
      }
      #expect(line(bytes, dimensions: dimensions) == nil)
    }
  }

  /// Whatever one byte is changed to, the file is read or refused in one line.
  @Test(arguments: [false, true]) func everyChangedByteIsReadOrRefused(gzipped: Bool) throws {
    let file = NORBFiles.dat(1, side: 8) { UInt8(7 * $0 + $1) }
    let bytes = gzipped ? try NORBFiles.gzip(file) : file
    for position in 0..<min(bytes.count, 64) {
      for change in [UInt8(1), 0x80, 0xFF] {
        var damaged = bytes
        damaged[position] ^= change
        if let message = line(damaged) {
          #expect(message.hasPrefix("DIR/dat: ") && !message.contains("\n"))
        } else {
          #expect(try openImages(damaged).image(0, camera: 1).count == 64)
        }
      }
    }
  }
}

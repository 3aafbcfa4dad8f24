import TestSupport
import Testing

@testable import TorchVision

@Suite("Pictures")
struct ImageTests {
    @Test("A PNG that is written reads the same", arguments: [(1, 1), (23, 17), (300, 7), (7, 300)])
    func roundTrip(_ width: Int, _ height: Int) throws {
        let image = pattern(width: width, height: height)
        let bytes = try image.pngData()
        #expect(try Image(decoding: bytes) == image)
        #expect(try image.pngData() == bytes)
    }

    @Test("Mirroring swaps left and right, twice gives the same", arguments: [1, 2, 3, 10])
    func mirror(_ width: Int) {
        let image = pattern(width: width, height: 3)
        let mirrored = image.mirrored()
        for y in 0..<3 {
            for x in 0..<width { #expect(mirrored[x: x, y: y] == image[x: width - 1 - x, y: y]) }
        }
        #expect(mirrored.mirrored() == image)
    }
}

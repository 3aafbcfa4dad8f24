import TestSupport
import Testing

@testable import Images

@Suite("Images")
struct ImageTests {
    @Test("A PNG is read back as it was written", arguments: [(1, 1), (23, 17), (300, 7), (7, 300)])
    func roundTrip(_ width: Int, _ height: Int) throws {
        let image = pattern(width: width, height: height)
        let bytes = try image.pngData()
        #expect(try Image(decoding: bytes) == image)
        #expect(try image.pngData() == bytes)
    }

    @Test("A JPEG is read back nearly as it was written", arguments: [(1, 1), (23, 17), (640, 480), (7, 300)])
    func jpegRoundTrip(_ width: Int, _ height: Int) throws {
        let image = Image(width: width, height: height) { buffer in
            for place in buffer.indices { buffer[place] = UInt8((place / 3 % width * 200 / width) + 20) }
        }
        let bytes = try image.jpegData(quality: 90)
        let read = try Image(decoding: bytes)
        #expect(read.width == width && read.height == height)
        #expect(zip(read.pixels, image.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 8 })
        #expect(try image.jpegData(quality: 90) == bytes)
        if width > 100 { #expect(try image.jpegData(quality: 20).count < bytes.count) }
    }

    @Test("The quality of a JPEG is from 1 to 100, its sides below 65,501")
    func jpegLimits() throws {
        let image = pattern(width: 40, height: 30)
        #expect(try image.jpegData(quality: -5) == image.jpegData(quality: 1))
        #expect(try image.jpegData(quality: 1000) == image.jpegData(quality: 100))
        #expect(throws: ImageError.self) { try Image(width: 65_501, height: 1).jpegData() }
        let widest = try Image(width: 65_500, height: 1).jpegData()
        #expect(try Image(decoding: widest).width == 65_500)
    }

    @Test("Mirroring swaps left and right, and twice gives the original", arguments: [1, 2, 3, 10])
    func mirror(_ width: Int) {
        let image = pattern(width: width, height: 3)
        let mirrored = image.mirrored()
        for y in 0..<3 {
            for x in 0..<width { #expect(mirrored[x: x, y: y] == image[x: width - 1 - x, y: y]) }
        }
        #expect(mirrored.mirrored() == image)
    }
}

import Foundation
import TestSupport
import Testing

@testable import Images

/// libheif converts to RGB with rounding and chroma that differ by version, so the pixels have a tolerance.
@Suite("HEIC and AVIF against pillow-heif and Pillow")
struct HEIFTests {
    struct Golden: Decodable {
        struct Case: Decodable, CustomTestStringConvertible {
            let file: String
            let width: Int
            let height: Int
            let pixels: Data
            /// Missing if the orientation changes nothing.
            let upright: DecodingGoldenTests.Case.Upright?
            /// The largest difference of a channel.
            let most: Int
            /// The mean difference.
            let mean: Double

            var testDescription: String { file }
        }

        let read: [Case]
    }

    static let cases = (try? Goldens.json("images/heif.json", as: Golden.self))?.read ?? []

    private func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: Goldens.url("images/heif/\(name)")))
    }

    private func expectNear(_ image: Image, _ pixels: Data, _ golden: Golden.Case) {
        #expect(image.pixels.count == pixels.count)
        let differences = zip(image.pixels, pixels).map { abs(Int($0) - Int($1)) }
        #expect(differences.max() ?? 0 <= golden.most)
        #expect(Double(differences.reduce(0, +)) / Double(differences.count) <= golden.mean)
    }

    @Test("The golden files exist")
    func presence() {
        #expect(Self.cases.count > 25)
    }

    @Test("Pixels are those of pillow-heif, or of Pillow for AVIF", arguments: cases)
    func pixels(_ golden: Golden.Case) throws {
        let options = ImageReadingOptions(appliesOrientation: false)
        let image = try Image(decoding: bytes(golden.file), options: options)
        #expect(image.width == golden.width && image.height == golden.height)
        expectNear(image, golden.pixels, golden)
    }

    @Test("The orientation is applied once", arguments: cases)
    func upright(_ golden: Golden.Case) throws {
        let image = try Image(decoding: bytes(golden.file))
        #expect(image.width == golden.upright?.width ?? golden.width)
        #expect(image.height == golden.upright?.height ?? golden.height)
        expectNear(image, golden.upright?.pixels ?? golden.pixels, golden)
    }

    @Test("HEIC is always upright; of AVIF, the options decide")
    func orientations() throws {
        for value in 1...8 {
            let heic = try bytes("turned-\(value).heic")
            let stored = try Image(decoding: heic, options: ImageReadingOptions(appliesOrientation: false))
            let turned = try Image(decoding: heic)
            #expect(stored.width == (value < 5 ? 24 : 16) && stored == turned, "\(value)")
            let avif = try bytes("turned-\(value).avif")
            let options = ImageReadingOptions(appliesOrientation: false)
            #expect(try Image(decoding: avif, options: options).width == 24, "\(value)")
            #expect(try Image(decoding: avif).width == (value < 5 ? 24 : 16), "\(value)")
        }
    }

    @Test(
        "The header's facts are those of the file",
        arguments: [
            ("420.heic", "RGB"), ("gray.heic", "gray"), ("10-bits.heic", "RGB 10-bit"),
            ("alpha.heic", "RGB with alpha"), ("several.heic", "RGB, several frames"), ("grid.heic", "RGB"),
            ("420.avif", "RGB"), ("gray.avif", "gray"), ("alpha.avif", "RGB with alpha"),
            ("several.avif", "RGB, several frames"),
        ])
    func facts(_ name: String, _ mode: String) throws {
        let file = try bytes(name)
        let facts = try #require(try file.withUnsafeBytes { try ImageReader(decoding: $0, options: .init()).facts })
        #expect(facts.format == (name.hasSuffix("avif") ? .avif : .heic) && facts.mode == mode)
    }

    @Test("A truncated file is refused", arguments: ["444.heic", "grid.heic", "444.avif", "alpha.avif"])
    func truncated(_ name: String) throws {
        let whole = try bytes(name)
        for count in stride(from: 12, to: whole.count, by: 5) {
            let error = try #require(throws: ImageError.self) { try Image(decoding: Array(whole[..<count])) }
            #expect([.truncated, .damaged].contains(error.code), "\(count): \(error)")
        }
    }

    @Test("Changed bytes give pixels or an error")
    func mutations() throws {
        var random = CountedRandom(seed: 6, epoch: 0, index: 0)
        for name in ["444.heic", "grid.heic", "444.avif", "alpha.avif"] {
            let whole = try bytes(name)
            for _ in 0..<150 {
                var changed = whole
                for _ in 0..<3 {
                    changed[Int.random(in: 12..<whole.count, using: &random)] = .random(in: 0...255, using: &random)
                }
                do throws(ImageError) {
                    let image = try Image(decoding: changed, options: ImageReadingOptions(maximumPixels: 1 << 20))
                    #expect(image.pixels.count == image.width * image.height * 3)
                } catch {
                    #expect(!error.message.isEmpty)
                }
            }
        }
    }

    /// The HEIC file is coded as 64 x 64 pixels and cropped.
    @Test(
        "Too many pixels are refused before memory is allocated",
        arguments: [("444.heic", "64 x 64"), ("444.avif", "24 x 16")])
    func tooLarge(_ name: String, _ size: String) throws {
        let file = try bytes(name)
        let options = ImageReadingOptions(maximumPixels: 24 * 16 - 1)
        let error = try #require(throws: ImageError.self) { try Image(decoding: file, options: options) }
        #expect(error.code == .tooLarge && error.message.contains(size))
    }

    @Test("A size other than that of the coded frames is refused", arguments: ["444.heic", "444.avif"])
    func otherSize(_ name: String) throws {
        var file = try bytes(name)
        let places = file.indices.dropLast(16).filter { Array(file[$0..<($0 + 4)]) == Array("ispe".utf8) }
        for place in places { file[place + 11] = 20 }
        #expect(!places.isEmpty)
        #expect(throws: ImageError.self) { try Image(decoding: file) }
    }

    @Test("A video is refused by name")
    func video() throws {
        let file = [0, 0, 0, 20] + Array("ftypisom".utf8) + [0, 0, 0, 0] + Array("mp41".utf8)
        let error = try #require(throws: ImageError.self) { try Image(decoding: file) }
        #expect(error.code == .unsupported && error.message.contains("video"))
    }
}

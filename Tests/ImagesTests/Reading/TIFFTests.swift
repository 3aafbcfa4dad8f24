import Foundation
import TestSupport
import Testing

@testable import Images

@Suite("TIFF against Pillow")
struct TIFFTests {
    struct Golden: Decodable {
        struct Case: Decodable, CustomTestStringConvertible {
            let file: String
            let width: Int
            let height: Int
            let pixels: Data

            var testDescription: String { file }
        }

        struct Refusal: Decodable, CustomTestStringConvertible {
            let file: String
            let reason: String

            var testDescription: String { file }
        }

        let read: [Case]
        let refused: [Refusal]
    }

    static let golden = try? Goldens.json("images/tiff.json", as: Golden.self)

    private func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: Goldens.url("images/tiff/\(name)")))
    }

    private func failure(_ bytes: [UInt8], options: ImageReadingOptions = .init()) throws -> ImageError {
        try #require(throws: ImageError.self) { try Image(decoding: bytes, options: options) }
    }

    @Test("The golden files exist")
    func presence() {
        #expect(Self.golden?.read.count ?? 0 > 60 && Self.golden?.refused.count ?? 0 > 4)
    }

    @Test("Every pixel equals Pillow's, the orientation applied", arguments: golden?.read ?? [])
    func pixels(_ golden: Golden.Case) throws {
        let image = try Image(decoding: bytes(golden.file))
        #expect(image.width == golden.width && image.height == golden.height)
        #expect(image.pixels == Array(golden.pixels))
    }

    @Test("The orientation belongs to the format, whatever the options")
    func orientation() throws {
        for value in 1...8 {
            let file = try bytes("turned-\(value).tif")
            let stored = try Image(decoding: file, options: ImageReadingOptions(appliesOrientation: false))
            let upright = try Image(decoding: file)
            #expect(stored == upright, "\(value)")
            #expect(stored.width == (value < 5 ? 13 : 11), "\(value)")
        }
    }

    @Test("What is not supported is refused by name", arguments: golden?.refused ?? [])
    func refused(_ golden: Golden.Refusal) throws {
        let error = try failure(bytes(golden.file))
        #expect(error.code == .unsupported)
        #expect(error.message.contains(golden.reason), "\(error.message)")
    }

    @Test(
        "The header's facts are those of the file",
        arguments: [
            ("RGB-raw.tif", "RGB"), ("1-raw.tif", "gray"), ("CMYK-tiff_lzw.tif", "CMYK"), ("P-tiff_lzw.tif", "palette"),
            ("palette-2.tif", "palette"), ("RGBA-tiff_lzw.tif", "RGB with alpha"),
            ("alpha-undeclared.tif", "RGB with alpha"), ("gray-16.tif", "gray 16-bit"), ("RGB16.tif", "RGB 16-bit"),
            ("pages.tif", "RGB, several frames"), ("YCbCr-jpeg.tif", "RGB"),
        ])
    func facts(_ name: String, _ mode: String) throws {
        let file = try bytes(name)
        let facts = try #require(try file.withUnsafeBytes { try ImageReader(decoding: $0, options: .init()).facts })
        #expect(facts.format == .tiff && facts.mode == mode)
    }

    @Test(
        "A truncated file is refused, with a reason",
        arguments: [
            "RGB-raw.tif", "RGB-tiff_lzw.tif", "tiles-deflate.tif", "planes.tif", "big-RGB.tif", "palette-8.tif",
        ])
    func truncated(_ name: String) throws {
        let whole = try bytes(name)
        for count in stride(from: 4, to: whole.count, by: 7) {
            // Values at the end, such as resolutions, may be missing; pixels may not.
            do throws(ImageError) {
                _ = try Image(decoding: Array(whole[..<count]))
                #expect(count > whole.count - 40, "\(count) of \(whole.count) bytes")
            } catch {
                #expect([.truncated, .damaged].contains(error.code) && !error.message.isEmpty, "\(count): \(error)")
            }
        }
    }

    @Test("Changed bytes give pixels or an error")
    func mutations() throws {
        var random = CountedRandom(seed: 5, epoch: 0, index: 0)
        for name in ["RGB-raw.tif", "RGB-tiff_lzw.tif", "tiles.tif", "YCbCr-jpeg.tif", "1-group4.tif", "planes.tif"] {
            let whole = try bytes(name)
            for _ in 0..<200 {
                var changed = whole
                for _ in 0..<3 {
                    changed[Int.random(in: 4..<whole.count, using: &random)] = .random(in: 0...255, using: &random)
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

    @Test("Too many pixels are refused before memory is allocated")
    func tooLarge() throws {
        let error = try failure(bytes("RGB-raw.tif"), options: ImageReadingOptions(maximumPixels: 13 * 11 - 1))
        #expect(error.code == .tooLarge && error.message.contains("13 x 11"))
    }

    @Test("A header that promises more pixels than the bytes can hold is a truncated file")
    func implausible() throws {
        var file = try bytes("big-RGB.tif")
        // Width and height, the first two values of the directory: 60,000 x 1,000.
        let directory = Int(file[8]) | Int(file[9]) << 8 | Int(file[10]) << 16
        file.replaceSubrange((directory + 20)..<(directory + 24), with: [0x60, 0xEA, 0, 0])
        file.replaceSubrange((directory + 40)..<(directory + 44), with: [0xE8, 0x03, 0, 0])
        #expect(try failure(file).code == .truncated)
    }

    @Test("Many threads read different files at once")
    func threads() async throws {
        let names = ["RGB-tiff_lzw.tif", "tiles-deflate.tif", "YCbCr-tiff_lzw.tif", "CMYK-tiff_lzw.tif"]
        let expected = try names.map { try Image(decoding: bytes($0)) }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<64 {
                let file = try bytes(names[index % names.count])
                group.addTask { try Image(decoding: file) == expected[index % names.count] }
            }
            for try await isEqual in group { #expect(isEqual) }
        }
    }
}

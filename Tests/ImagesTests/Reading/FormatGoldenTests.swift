import Foundation
import TestSupport
import Testing

@testable import Images

/// The golden files of GIF, BMP, PNM and lossless JPEG, and of orientations outside EXIF.
enum FormatGoldens {
    struct Case: Decodable, CustomTestStringConvertible {
        let file: String
        /// Pillow's name of the format.
        let format: String
        let width: Int
        let height: Int
        let pixels: Data
        /// Missing if the orientation changes nothing.
        let upright: DecodingGoldenTests.Case.Upright?

        var testDescription: String { file }
    }

    static let cases: [Case] = (try? Goldens.json("images/formats.json")) ?? []

    /// The file under `Tests/Goldens/images/formats`.
    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: Goldens.url("images/formats/\(name)")))
    }
}

@Suite("GIF, BMP and PNM against Pillow")
struct FormatGoldenTests {
    /// A file that every version of every library reads.
    static let cases = FormatGoldens.cases.filter { ["GIF", "BMP", "PPM"].contains($0.format) }

    func failure(_ bytes: [UInt8], options: ImageReadingOptions = .init()) throws -> ImageError {
        try #require(throws: ImageError.self) { try Image(decoding: bytes, options: options) }
    }

    @Test("The golden files exist")
    func presence() {
        let counts = Dictionary(grouping: FormatGoldens.cases, by: \.format).mapValues(\.count)
        #expect(counts["GIF"] ?? 0 > 20 && counts["BMP"] ?? 0 > 30 && counts["PPM"] ?? 0 > 15)
    }

    @Test("Every pixel equals Pillow's", arguments: cases)
    func pixels(_ golden: FormatGoldens.Case) throws {
        let image = try Image(decoding: FormatGoldens.bytes(golden.file))
        #expect(image.width == golden.width && image.height == golden.height)
        #expect(image.pixels == Array(golden.pixels))
    }

    @Test("A lossless JPEG is read exactly, or refused where the library cannot", arguments: ["gray", "rgb"])
    func lossless(_ kind: String) throws {
        let golden = try #require(FormatGoldens.cases.first { $0.file == "lossless-\(kind).jpg" })
        let bytes = try FormatGoldens.bytes(golden.file)
        do throws(ImageError) {
            let image = try Image(decoding: bytes)
            #expect(image.pixels == Array(golden.pixels))
        } catch {
            #expect(error.code == .unsupported && error.message.contains("lossless"))
        }
    }

    @Test(
        "The header's facts are those of the file",
        arguments: [
            ("89a.gif", "palette"), ("gray.gif", "gray"), ("no-palette.gif", "gray"),
            ("transparent.gif", "palette with alpha"), ("animated.gif", "palette with alpha, several frames"),
            ("more-behind.gif", "palette"), ("4bit.bmp", "palette"), ("1bit-black-white.bmp", "gray"),
            ("8bit-gray.bmp", "gray"), ("16bit-565.bmp", "RGB"), ("32bit.bmp", "RGB"),
            ("32bit-v5.bmp", "RGB with alpha"),
            ("p1.pbm", "gray"), ("p5.pgm", "gray"), ("p5-1023.pgm", "gray 16-bit"), ("p6-1000.ppm", "RGB 16-bit"),
            ("two-images.ppm", "RGB, several frames"), ("p6.ppm", "RGB"),
        ])
    func facts(_ name: String, _ mode: String) throws {
        let bytes = try FormatGoldens.bytes(name)
        let facts = try #require(
            try bytes.withUnsafeBytes { try ImageReader(decoding: $0, options: ImageReadingOptions()).facts })
        #expect(facts.mode == mode)
        let fileExtension = name.split(separator: ".").last.map(String.init) ?? ""
        #expect(facts.format.fits(fileExtension: fileExtension))
    }

    @Test(
        "A file truncated anywhere is refused",
        arguments: [
            // With the bytes after the last that matters: end marks, padding, the digit and the end of a line.
            ("89a.gif", 2), ("interlaced.gif", 2), ("full-table.gif", 2), ("8bit.bmp", 3), ("24bit.bmp", 1),
            ("8bit-runs-move.bmp", 2), ("p6.ppm", 0), ("p3.ppm", 2), ("p4.pbm", 0), ("p1-no-blanks.pbm", 0),
        ])
    func truncated(_ name: String, _ unused: Int) throws {
        let whole = try FormatGoldens.bytes(name)
        let signature = name.hasSuffix("bmp") ? 18 : 4
        for count in 1..<(whole.count - unused) {
            let error = try failure(Array(whole[..<count]))
            #expect(count < signature || error.code == .truncated, "\(count) bytes: \(error)")
        }
        #expect(throws: Never.self) { try Image(decoding: Array(whole[..<(whole.count - unused)])) }
    }

    @Test("Too many pixels are refused before memory is allocated", arguments: ["89a.gif", "24bit.bmp", "p6.ppm"])
    func tooLarge(_ name: String) throws {
        let bytes = try FormatGoldens.bytes(name)
        let error = try failure(bytes, options: ImageReadingOptions(maximumPixels: 13 * 9 - 1))
        #expect(error.code == .tooLarge && error.message.contains("13 x 9"))
        #expect(throws: Never.self) { try Image(decoding: bytes, options: ImageReadingOptions(maximumPixels: 13 * 9)) }
    }

    @Test("A header that promises more pixels than the bytes can hold is a truncated file")
    func implausible() throws {
        var gif = try FormatGoldens.bytes("no-palette.gif")
        // Width and height of the frame: 8,192 pixels each.
        gif.replaceSubrange(18..<22, with: [0, 0x20, 0, 0x20])
        #expect(try failure(gif).message.contains("too few for 8192 x 8192 pixels"))
        for name in ["24bit.bmp", "8bit-runs-move.bmp"] {
            var bmp = try FormatGoldens.bytes(name)
            bmp.replaceSubrange(18..<26, with: [1, 0, 0, 0, 0, 0, 0, 4])
            #expect(try failure(bmp).code == .truncated)
        }
        #expect(try failure(Array("P6\n8000 8000\n255\nabc".utf8)).code == .truncated)
        #expect(try failure(Array("P2\n8000 8000\n255\n1 2 3".utf8)).code == .truncated)
    }

    @Test(
        "The error names the fault of a PNM file",
        arguments: [
            ("P5 2 2 0 abcd", "the maximum value is 0"), ("P5 2 2 65536 abcd", "the maximum value is 65536"),
            ("P2 1 1 9 10 ", "a value of 10, although the maximum is 9"),
            ("P2 1 1 9 x", "byte 9 is not part of a number"), ("P2 1 1 9 -1", "byte 9 is not part of a number"),
            ("P1 2 1 02", "byte 8 is not 0 or 1"),
            ("P5 0 4 255 abcd", "has no content"), ("P6 12345678901 1 255 ", "not part of a number"),
        ])
    func damaged(_ text: String, _ fault: String) throws {
        let error = try failure(Array(text.utf8))
        #expect(error.code == .damaged && error.message.contains(fault), "\(error)")
    }

    @Test("The error names the fault of a GIF file")
    func damagedGIF() throws {
        let whole = try FormatGoldens.bytes("no-palette.gif")
        func changed(_ place: Int, _ values: UInt8...) -> [UInt8] {
            var bytes = whole
            bytes.replaceSubrange(place..<(place + values.count), with: values)
            return bytes
        }
        #expect(try failure(changed(13, UInt8(ascii: ";"))).message.contains("there is no image in the file"))
        #expect(try failure(changed(18, 0, 0)).message.contains("the first frame is 0 x 9 pixels"))
        #expect(try failure(changed(23, 13)).message.contains("the minimum code size is 13 bits"))
        // Nine bits each: clear (256), then 511, which no earlier code has defined.
        #expect(try failure(changed(25, 0x00, 0xFF, 0x03)).message.contains("code 511 is not defined yet"))
        // Clear, then the end (257).
        #expect(try failure(changed(25, 0x00, 0x03, 0x02)).message.contains("its pixels end in row 1 of 9"))
    }

    @Test("The error names the unsupported variant of a BMP file")
    func unsupportedBMP() throws {
        func changed(_ name: String, _ place: Int, _ values: UInt8...) throws -> ImageError {
            var bytes = try FormatGoldens.bytes(name)
            bytes.replaceSubrange(place..<(place + values.count), with: values)
            let error = try failure(bytes)
            #expect(error.code == .unsupported || name.contains("runs"))
            return error
        }
        #expect(try changed("24bit.bmp", 28, 2).message.contains("2 bits per pixel; 1, 4, 8, 16, 24 and 32"))
        #expect(try changed("24bit.bmp", 30, 4).message.contains("24 bits per pixel and compression 4"))
        #expect(try changed("24bit.bmp", 30, 1).message.contains("24 bits per pixel and compression 1"))
        #expect(try changed("16bit-565.bmp", 54, 1).message.contains("the bit masks f801, 7e0, 1f, 0"))
        #expect(try changed("8bit.bmp", 46, 1, 0, 1, 0).message.contains("a palette of 65537 colors"))
        #expect(try changed("8bit.bmp", 14, 41).message.contains("a BMP file of an unknown kind"))
        // The end of the image, where its fourth row should begin.
        let short = try changed("8bit-runs-move.bmp", 134, 0, 1)
        #expect(short.code == .truncated && short.message.contains("its pixels end in row 4 of 4"), "\(short)")
    }

    @Test("Black and white in 8 bits are read as such, unlike in Pillow, which takes each bit for a pixel")
    func blackAndWhite() throws {
        var file = [UInt8](repeating: 0, count: 54) + [0, 0, 0, 0, 255, 255, 255, 0] + [0, 1, 1, 0]
        // Signature, place of the pixels, size of the header, width, height, planes, bits, colors.
        let fields: [(Int, UInt8)] = [
            (0, 0x42), (1, 0x4D), (10, 62), (14, 40), (18, 4), (22, 1), (26, 1), (28, 8), (46, 2),
        ]
        for (place, value) in fields { file[place] = value }
        let image = try Image(decoding: file)
        #expect(image.pixels == [0, 0, 0, 255, 255, 255, 255, 255, 255, 0, 0, 0])
    }

    @Test("Changed bytes never cause a crash")
    func mutations() throws {
        var random = CountedRandom(seed: 1, epoch: 0, index: 0)
        let names = [
            "animated.gif", "frame-interlaced.gif", "4bit-runs.bmp", "16bit-565.bmp", "p3-comments.ppm", "p5-1023.pgm",
        ]
        for name in names {
            let whole = try FormatGoldens.bytes(name)
            for _ in 0..<300 {
                var bytes = whole
                for _ in 0..<(1 + random.uniform(below: 8)) {
                    bytes[random.uniform(below: bytes.count)] = UInt8(random.uniform(below: 256))
                }
                do throws(ImageError) {
                    let image = try Image(decoding: bytes, options: ImageReadingOptions(maximumPixels: 100_000))
                    #expect(image.pixels.count == image.width * image.height * 3)
                } catch {
                    #expect(!error.message.isEmpty)
                }
            }
        }
    }
}

import Foundation
import TestSupport
import Testing

@testable import Images

@Suite("Damaged and foreign image files")
struct BadFileTests {
    /// The error for these bytes.
    func failure(_ bytes: [UInt8], options: ImageReadingOptions = .init()) throws -> ImageError {
        try #require(throws: ImageError.self) { try Image(decoding: bytes, options: options) }
    }

    @Test("An empty file is an error")
    func empty() throws {
        #expect(try failure([]).code == .empty)
    }

    @Test(
        "The error names other formats",
        arguments: [
            ("BM\u{10}\0\0\0\0\0\0\0\u{36}\0\0\0", "a BMP file of an unknown kind"),
            ("BA\u{10}\0\0\0\0\0\0\0\0\0\0\0BM\0\0", "an array of OS/2 bitmaps"),
            ("\0\0\0\u{1C}ftypisom\0\0", "a video (MP4 or QuickTime)"), ("P7\nWIDTH 2\n", "a PAM file"),
            ("\0\0\0\u{18}ftypcrx \0\0", "a camera's raw file (CR3)"),
            ("PF\n2 2\n-1\n", "a PFM file"), ("BMW builds cars in Munich.\n", "a text file"),
            ("P1 was the first.\n", "a text file"),
            ("<!DOCTYPE HTML><title>404</title>", "a web page (HTML)"), ("<svg xmlns='x'/>", "an SVG drawing"),
            ("not an image\n", "a text file"), ("%PDF-1.7", "a PDF document"), ("PK\u{3}\u{4}....", "a ZIP archive"),
            ("RIFF\0\0\0\0WAVEfmt ", "a WAV or AVI file"),
        ])
    func named(_ content: String, _ name: String) throws {
        let error = try failure(Array(content.utf8))
        #expect(error.code == .unsupported)
        #expect(
            error.message == "this is \(name); JPEG, PNG, WebP, GIF, BMP, PNM, TIFF, HEIC and AVIF are supported")
    }

    @Test("Noise is not an image")
    func noise() throws {
        #expect(try failure([UInt8](repeating: 0, count: 5000)).code == .unrecognized)
        #expect(try failure([0x13, 0x37, 0xFE, 0xED]).code == .unrecognized)
        // The signature of TIFF, but the first directory would be inside the header.
        #expect(try failure([0x49, 0x49, 0x2A, 0, 4, 0, 0, 0, 0, 0]).code == .unrecognized)
    }

    @Test(
        "A file truncated anywhere is refused",
        arguments: ["rgb.jpg", "progressive.jpg", "rgb.png", "interlaced-rgb.png", "lossy.webp", "lossless.webp"])
    func truncated(_ name: String) throws {
        let whole = try goldenImage(name)
        // The last chunk of a PNG has 12 bytes and no content; the checksum after the pixels has four bytes.
        let end = name.hasSuffix("png") ? whole.count - 16 : whole.count - 2
        for count in 1..<end {
            let error = try failure(Array(whole[..<count]))
            let isNameless = name.hasSuffix("webp") && count < 12
            if !isNameless {
                #expect(error.code == .truncated, "\(count) bytes: \(error)")
            }
        }
    }

    @Test("Too many pixels are refused before memory is allocated")
    func tooLarge() throws {
        for name in ["rgb.jpg", "rgb.png", "lossy.webp"] {
            let image = try goldenImage(name)
            let error = try failure(image, options: ImageReadingOptions(maximumPixels: 23 * 17 - 1))
            #expect(error.code == .tooLarge)
            #expect(error.message.contains("23 x 17") && error.message.contains("390"))
            #expect(throws: Never.self) {
                try Image(decoding: image, options: ImageReadingOptions(maximumPixels: 23 * 17))
            }
        }
        // A header that promises four billion pixels.
        var bomb = try goldenImage("rgb.png")
        bomb.replaceSubrange(16..<24, with: [0, 1, 0, 0, 0, 0, 0xFF, 0xFF])
        // The header's checksum is now wrong and is noticed first; a JPEG header has none.
        #expect(try failure(bomb).code == .damaged)
        var jpeg = try goldenImage("rgb.jpg")
        let frame = try #require(jpeg.indices.first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC0 })
        jpeg.replaceSubrange((frame + 5)..<(frame + 9), with: [0xFF, 0xDC, 0xFF, 0xDC])
        #expect(try failure(jpeg).code == .tooLarge)
    }

    @Test("A header that promises more pixels than the bytes can hold is a truncated file")
    func implausible() throws {
        var jpeg = try goldenImage("rgb.jpg")
        let frame = try #require(jpeg.indices.first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC0 })
        jpeg.replaceSubrange((frame + 5)..<(frame + 9), with: [0x20, 0, 0x20, 0])
        #expect(try failure(jpeg).code == .truncated)
    }

    @Test("A JPEG of thousands of scans is refused quickly")
    func scans() throws {
        // The last scan of a progressive image, repeated.
        let whole = try goldenImage("progressive.jpg")
        let scan = try #require(whole.indices.dropLast(3).last { whole[$0] == 0xFF && whole[$0 + 1] == 0xDA })
        let end = whole.count - 2
        var bomb = Array(whole[..<end])
        for _ in 0..<2000 { bomb += whole[scan..<end] }
        bomb += [0xFF, 0xD9]
        let error = try failure(bomb)
        #expect(error.code == .tooLarge)
        #expect(error.message.contains("scans"))
    }

    @Test("Changed bytes never cause a crash")
    func mutations() throws {
        var random = CountedRandom(seed: 1, epoch: 0, index: 0)
        for name in ["rgb.jpg", "progressive.jpg", "cmyk.jpg", "palette.png", "interlaced-rgba.png", "animated.webp"] {
            let whole = try goldenImage(name)
            for _ in 0..<300 {
                var bytes = whole
                for _ in 0..<(1 + random.uniform(below: 8)) {
                    bytes[random.uniform(below: bytes.count)] = UInt8(random.uniform(below: 256))
                }
                do throws(ImageError) {
                    let image = try Image(decoding: bytes, options: ImageReadingOptions(maximumPixels: 1_000_000))
                    #expect(image.pixels.count == image.width * image.height * 3)
                } catch {
                    #expect(!error.message.isEmpty)
                }
            }
        }
    }
}

@Suite("Unreadable files")
struct UnreadableFileTests {
    func failure(_ path: String) throws -> ImageError {
        try #require(throws: ImageError.self) { try Image(contentsOf: path) }
    }

    @Test("The error for a missing file gives its path")
    func missing() throws {
        let error = try failure("\(nowhere)/cat.jpg")
        #expect(error.code == .unreadable)
        #expect(error.path == "\(nowhere)/cat.jpg")
        #expect(error.description.hasPrefix("\(nowhere)/cat.jpg: can't be opened: no such file or directory."))
    }

    @Test("Folders, pipes and paths with a NUL byte are errors")
    func special() throws {
        try withTemporaryFolder { folder throws in
            #expect(try failure(folder.path).message == "this is a folder, not an image")
            let pipe = folder.appending(path: "pipe.jpg").path
            #expect(mkfifo(pipe, 0o600) == 0)
            #expect(try failure(pipe).message.hasPrefix("this is not a regular file"))
            #expect(try failure(folder.path + "\0.jpg").message == "the path contains a NUL byte")
        }
    }

    @Test("The error for a file without permission gives its path", .enabled(if: !isRoot, "root may read everything"))
    func forbidden() throws {
        try withTemporaryFolder { folder throws in
            let file = folder.appending(path: "secret.jpg")
            try Data(goldenImage("rgb.jpg")).write(to: file)
            #expect(chmod(file.path, 0) == 0)
            #expect(try failure(file.path).message == "can't be opened: permission denied")
        }
    }

    @Test("The name does not matter: extension, spaces and scripts")
    func names() throws {
        try withTemporaryFolder { folder throws in
            for name in ["cat.txt", "no extension", "-dash.png", "🐝 蜂.gif", ".hidden"] {
                let file = folder.appending(path: name)
                try Data(goldenImage("rgb.jpg")).write(to: file)
                #expect(try Image(contentsOf: file.path).width == 23)
            }
            let text = folder.appending(path: "text.jpg")
            try Data(String(repeating: "no image\n", count: 100_000).utf8).write(to: text)
            #expect(
                try failure(text.path).message
                    == "this is a text file; JPEG, PNG, WebP, GIF, BMP, PNM, TIFF, HEIC and AVIF are supported")
            let empty = folder.appending(path: "empty.jpg")
            try Data().write(to: empty)
            #expect(try failure(empty.path).code == .empty)
        }
    }
}

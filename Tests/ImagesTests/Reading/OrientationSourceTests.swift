import Foundation
import TestSupport
import Testing

@testable import Images

@Suite("Orientation in XMP and in texts of PNG files")
struct OrientationSourceTests {
    static let cases = FormatGoldens.cases.filter { golden in
        ["xmp", "exif", "profile"].contains { golden.file.hasPrefix($0) }
    }

    @Test("Images are upright as in Pillow, if the options apply the orientation", arguments: cases)
    func upright(_ golden: FormatGoldens.Case) throws {
        let image = try Image(decoding: FormatGoldens.bytes(golden.file))
        #expect(image.width == golden.upright?.width ?? golden.width)
        #expect(image.height == golden.upright?.height ?? golden.height)
        #expect(image.pixels == Array(golden.upright?.pixels ?? golden.pixels))
    }

    @Test("Pixels are as stored, if the options do not", arguments: cases)
    func stored(_ golden: FormatGoldens.Case) throws {
        let image = try Image(
            decoding: FormatGoldens.bytes(golden.file), options: ImageReadingOptions(appliesOrientation: false))
        #expect(image.width == golden.width && image.height == golden.height)
        #expect(image.pixels == Array(golden.pixels))
    }

    @Test("Each of the eight orientations counts, any other digit is upright")
    func values() throws {
        let images = try (0...9).map { try Image(decoding: FormatGoldens.bytes("xmp-\($0).png")).pixels }
        #expect(Set(images[1...8]).count == 8)
        #expect(images[0] == images[1] && images[9] == images[1])
    }

    @Test(
        "EXIF counts before a text with EXIF, and this before XMP; of several XMP packets the last",
        arguments: [
            ("exif-1-xmp-6.png", 1), ("exif-99-xmp-6.png", 1), ("exif-3-xmp-6.png", 3), ("exif-none-xmp-8.png", 8),
            ("profile-6.png", 6), ("profile-6-xmp-3.png", 6), ("profile-none-xmp-3.png", 3),
            ("profile-6-exif-3.png", 3), ("profile-6-exif-none.png", 1), ("xmp-3-then-6.png", 6),
            ("xmp-behind-6.png", 6), ("xmp-compressed-7.png", 7), ("xmp-text.png", 1), ("xmp-second-place-8.png", 8),
        ])
    func order(_ name: String, _ orientation: Int) throws {
        let image = try Image(decoding: FormatGoldens.bytes(name))
        let expected = try Image(decoding: FormatGoldens.bytes("xmp-\(orientation).png"))
        #expect(image == expected)
    }
}

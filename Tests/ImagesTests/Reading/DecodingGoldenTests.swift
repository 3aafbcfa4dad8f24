import Foundation
import TestSupport
import Testing

@testable import Images

@Suite("Decoding against Pillow")
struct DecodingGoldenTests {
    struct Case: Decodable, CustomTestStringConvertible {
        struct Upright: Decodable {
            let width: Int
            let height: Int
            let pixels: Data
        }

        let file: String
        let width: Int
        let height: Int
        let pixels: Data
        let upright: Upright?

        var testDescription: String { file }
    }

    static let cases: [Case] = (try? Goldens.json("images/decoding.json")) ?? []

    @Test("The golden files exist")
    func presence() {
        #expect(Self.cases.count > 50)
    }

    @Test("Every pixel equals Pillow's", arguments: cases)
    func pixels(_ golden: Case) throws {
        let options = ImageReadingOptions(appliesOrientation: false)
        let image = try Image(decoding: goldenImage(golden.file), options: options)
        #expect(image.width == golden.width)
        #expect(image.height == golden.height)
        #expect(image.pixels == Array(golden.pixels))
    }

    @Test("Every pixel equals Pillow's after the EXIF orientation", arguments: cases)
    func upright(_ golden: Case) throws {
        let image = try Image(contentsOf: Goldens.url("images/files/\(golden.file)").path)
        #expect(image.width == golden.upright?.width ?? golden.width)
        #expect(image.height == golden.upright?.height ?? golden.height)
        #expect(image.pixels == Array(golden.upright?.pixels ?? golden.pixels))
    }

    @Test("The eight orientations differ from each other")
    func orientations() {
        let turned = Self.cases.filter { $0.upright != nil }.map(\.file)
        #expect(Set((2...8).map { "exif-\($0).jpg" }).isSubset(of: turned))
        #expect(!turned.contains("exif-1.jpg") && !turned.contains("exif-99.jpg"))
    }
}

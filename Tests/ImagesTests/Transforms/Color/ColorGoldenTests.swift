import Foundation
import TestSupport
import Testing

@testable import Images

@Suite("Colours equal Pillow's and torchvision's, every byte")
struct ColorGoldenTests {
    @Test("Each operation, at several amounts, on odd sizes")
    func operations() throws {
        let rows = try Goldens.table("transforms/colours.tsv")
        #expect(rows.count > 500)
        for row in rows {
            let amount = try #require(Double(row["amount"] ?? ""))
            let operation = try #require(ColorOperation(row["operation"] ?? "", amount: amount))
            let width = try #require(Int(row["width"] ?? ""))
            let height = try #require(Int(row["height"] ?? ""))
            let picture = colourPicture(row["picture"] ?? "", width: width, height: height)
            let result = picture.applying([operation])
            #expect(
                String(result.checksum) == row["crc"],
                "\(operation) of \(row["picture"] ?? ""), \(width) x \(height)")
        }
    }

    @Test("The four of ColorJitter in every order")
    func chains() throws {
        for row in try Goldens.table("transforms/chains.tsv") {
            let text = row["operations"] ?? ""
            let operations = try text.split(separator: " ").map { part in
                let pieces = part.split(separator: ":")
                let amount = try #require(Double(pieces[1]))
                return try #require(ColorOperation(String(pieces[0]), amount: amount))
            }
            let jitter = ColorJitter(brightness: 0.5, contrast: 0.5, saturation: 0.5, hue: 0.5)
            let result = jitter.apply(operations, to: pattern(width: 40, height: 31))
            #expect(String(result.checksum) == row["crc"], "\(text)")
        }
    }

    @Test("What leaves a picture alone leaves every byte alone")
    func neutral() {
        let image = pattern(width: 30, height: 20)
        for operation: ColorOperation in [
            .brightness(1), .contrast(1), .saturation(1), .sharpness(1), .posterize(bits: 8), .solarize(threshold: 256),
        ] {
            #expect(image.applying([operation]) == image, "\(operation)")
        }
        #expect(image.applying([]) == image)
        #expect(image.applying([.invert, .invert]) == image)
    }

    @Test("No bit kept is black")
    func noBits() {
        #expect(pattern(width: 5, height: 4).applying([.posterize(bits: 0)]) == Image(width: 5, height: 4))
    }

    private struct Blur: Decodable {
        let picture: String
        let width: Int
        let height: Int
        let kernel: [Int]
        let sigma: Double
        let pixels: Data
    }

    @Test("Gaussian blur: at most one byte in a thousand is one off")
    func blur() throws {
        for golden in try Goldens.json("transforms/blurs.json", as: [Blur].self) {
            let size = PixelSize(width: golden.kernel[0], height: golden.kernel[1])
            let image = colourPicture(golden.picture, width: golden.width, height: golden.height)
            let blurred = GaussianBlur(kernelSize: size).apply(golden.sigma, to: image)
            let differences = zip(blurred.pixels, golden.pixels).map { abs(Int($0) - Int($1)) }
            #expect(differences.count == golden.pixels.count)
            let name = Comment(rawValue: "\(golden.picture), \(image), kernel \(golden.kernel), \(golden.sigma)")
            #expect(differences.allSatisfy { $0 <= 1 }, name)
            #expect(differences.count { $0 != 0 } <= differences.count / 1000, name)
        }
    }

    @Test("A kernel larger than the picture goes on mirroring")
    func smallPictures() {
        let dot = pattern(width: 1, height: 1)
        #expect(dot.blurred(kernelSize: PixelSize(width: 9, height: 9), sigma: 2) == dot)
        let flat = colourPicture("flat", width: 3, height: 2)
        #expect(flat.blurred(kernelSize: PixelSize(width: 31, height: 23), sigma: 7) == flat)
        // So wide that each pixel weighs the same: the mirrored row 1 2 3 2 1 2 3 2 ... has a mean of its own.
        let row = Image(width: 3, height: 1, pixels: [0, 0, 0, 80, 80, 80, 200, 200, 200])
        let blurred = row.blurred(kernelSize: PixelSize(width: 4001, height: 1), sigma: 400)
        #expect(blurred.pixels.allSatisfy { $0 == 90 })
    }
}

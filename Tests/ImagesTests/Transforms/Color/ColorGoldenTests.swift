import Foundation
import TestSupport
import Testing

@testable import Images

@Suite("Color operations against Pillow and torchvision")
struct ColorGoldenTests {
    @Test("Each operation equals Pillow's at several amounts and odd sizes")
    func operations() throws {
        let rows = try Goldens.table("transforms/colors.tsv")
        #expect(rows.count > 500)
        for row in rows {
            let amount = try #require(Double(row["amount"] ?? ""))
            let operation = try #require(ColorOperation(row["operation"] ?? "", amount: amount))
            let width = try #require(Int(row["width"] ?? ""))
            let height = try #require(Int(row["height"] ?? ""))
            let image = colorImage(row["image"] ?? "", width: width, height: height)
            let result = image.applying([operation])
            #expect(
                String(result.checksum) == row["crc"],
                "\(operation) of \(row["image"] ?? ""), \(width) x \(height)")
        }
    }

    @Test("The four operations of ColorJitter equal torchvision's in every order")
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

    @Test("Neutral amounts change no byte")
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

    @Test("Posterize with 0 bits gives black")
    func noBits() {
        #expect(pattern(width: 5, height: 4).applying([.posterize(bits: 0)]) == Image(width: 5, height: 4))
    }

    private struct Blur: Decodable {
        let image: String
        let width: Int
        let height: Int
        let kernel: [Int]
        let sigma: Double
        let pixels: Data
    }

    @Test("Gaussian blur differs in at most one byte in a thousand, by one")
    func blur() throws {
        for golden in try Goldens.json("transforms/blurs.json", as: [Blur].self) {
            let size = PixelSize(width: golden.kernel[0], height: golden.kernel[1])
            let image = colorImage(golden.image, width: golden.width, height: golden.height)
            let blurred = GaussianBlur(kernelSize: size).apply(golden.sigma, to: image)
            let differences = zip(blurred.pixels, golden.pixels).map { abs(Int($0) - Int($1)) }
            #expect(differences.count == golden.pixels.count)
            let name = Comment(rawValue: "\(golden.image), \(image), kernel \(golden.kernel), \(golden.sigma)")
            #expect(differences.allSatisfy { $0 <= 1 }, name)
            #expect(differences.count { $0 != 0 } <= differences.count / 1000, name)
        }
    }

    @Test("A kernel larger than the image reflects repeatedly")
    func smallImages() {
        let dot = pattern(width: 1, height: 1)
        #expect(dot.blurred(kernelSize: PixelSize(width: 9, height: 9), sigma: 2) == dot)
        let flat = colorImage("flat", width: 3, height: 2)
        #expect(flat.blurred(kernelSize: PixelSize(width: 31, height: 23), sigma: 7) == flat)
        // So wide that all pixels have the same weight: the reflected row 1 2 3 2 1 2 3 2 ... has another mean.
        let row = Image(width: 3, height: 1, pixels: [0, 0, 0, 80, 80, 80, 200, 200, 200])
        let blurred = row.blurred(kernelSize: PixelSize(width: 4001, height: 1), sigma: 400)
        #expect(blurred.pixels.allSatisfy { $0 == 90 })
    }
}

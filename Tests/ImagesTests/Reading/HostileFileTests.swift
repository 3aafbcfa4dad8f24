import Foundation
import TestSupport
import Testing

@testable import Images

@Suite("Hostile files", .testData)
struct HostileFileTests {
    /// The formats that both read, by Pillow's names.
    static let formats: Set<String> = ["JPEG", "PNG", "WEBP", "GIF", "BMP", "PPM", "TIFF", "AVIF"]

    /// Files that Pillow reads and Apus refuses: files found by fuzzers whose header promises a thousand times more
    /// than their bytes can hold, of which Pillow fills the rest with gray; and a float image.
    static let refused: [String: ImageError.Code] = [
        "afl_jpeg/id:002890,src:002476,op:arith16,pos:287,val:-15.jpg": .truncated,
        "afl_jpeg/id:003061,src:002925,op:flip1,pos:163.jpg": .truncated,
        "jpeg_decoder_crashtest/8e5e74dbf9b68a322fbb9512db837329.jpg": .truncated,
        "pillow_tests/hopper.pfm": .unsupported,
    ]

    @Test("Files that Pillow reads are read pixel for pixel")
    func readable() throws {
        for row in try Goldens.table("images/hostile.tsv") {
            let file = try #require(row["file"])
            let path = try TestData.url("robustness/\(file)").path
            let options = ImageReadingOptions(appliesOrientation: false)
            if let code = Self.refused[file] {
                let error = #expect(throws: ImageError.self) { try Image(contentsOf: path, options: options) }
                #expect(error?.code == code)
                continue
            }
            let image = try Image(contentsOf: path, options: options)
            #expect(row["width"] == "\(image.width)" && row["height"] == "\(image.height)", "\(file)")
            guard let sum = row["decoded"], !sum.isEmpty else { continue }
            #expect(sum == "\(image.checksum)", "\(file)")
        }
    }

    @Test("No file crashes, hangs or fails without a reason")
    func sweep() throws {
        let folder = try TestData.url("robustness")
        let manifest = try String(contentsOf: folder.appending(path: "MANIFEST.tsv"), encoding: .utf8)
        var stricter: [String] = []
        var laxer: [String] = []
        var count = 0
        for line in manifest.split(separator: "\n").dropFirst() {
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
            let path = folder.appending(path: String(cells[0])).path
            count += 1
            let clock = ContinuousClock()
            let start = clock.now
            do throws(ImageError) {
                _ = try Image(contentsOf: path)
                if cells[2] != "ok" { laxer.append(String(cells[0])) }
            } catch {
                #expect(error.path == path && !error.message.isEmpty)
                let isOurs = cells.count > 3 && Self.formats.contains(String(cells[3]))
                if cells[2] == "ok", isOurs { stricter.append(String(cells[0])) }
            }
            #expect(clock.now - start < .seconds(60), "\(path)")
        }
        #expect(count > 600)
        #expect(Set(stricter) == Set(Self.refused.keys))
        // Complete pixels despite a fault elsewhere: irrelevant chunks, later frames of an animation, a missing end.
        #expect(laxer.count < 15, "\(laxer)")
    }
}

@Suite("Preprocessing of real photos", .testData)
struct PhotoTests {
    @Test("Decoding, resize to 256 and center crop to 224 equal Pillow's and torchvision's pixels")
    func photos() throws {
        let rows = try Goldens.table("images/photos.tsv")
        #expect(rows.count > 200)
        var random = CountedRandom(seed: 0, epoch: 0, index: 0)
        for row in rows {
            let file = try #require(row["file"])
            let image = try Image(
                contentsOf: TestData.url(file).path, options: ImageReadingOptions(appliesOrientation: false))
            #expect(row["width"] == "\(image.width)" && row["height"] == "\(image.height)", "\(file)")
            #expect(row["decoded"] == "\(image.checksum)", "\(file)")
            for filter in Interpolation.allCases {
                let prepared = Preprocessing.imageNet(interpolation: filter).evaluationTransforms
                    .apply(to: image, using: &random)
                #expect(row[filter.rawValue] == "\(prepared.checksum)", "\(file), \(filter)")
            }
        }
    }
}

import Foundation
import TestSupport
import Testing

@testable import Images

@Suite("MNIST files")
struct MNISTTests {
    private func images(_ count: Int, height: Int = 2, width: Int = 3, pixels: [UInt8]? = nil) -> [UInt8] {
        [0, 0, 8, 3, 0, 0, 0, UInt8(count), 0, 0, 0, UInt8(height), 0, 0, 0, UInt8(width)]
            + (pixels ?? (0..<(count * height * width)).map { UInt8($0) })
    }

    private func labels(_ labels: [UInt8]) -> [UInt8] {
        [0, 0, 8, 1, 0, 0, 0, UInt8(labels.count)] + labels
    }

    /// gzip's output for stored bytes, with the checksum as zlib defines it.
    private func gzipped(_ bytes: [UInt8]) -> [UInt8] {
        var checksum: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            checksum ^= UInt32(byte)
            for _ in 0..<8 { checksum = checksum & 1 == 1 ? checksum >> 1 ^ 0xEDB8_8320 : checksum >> 1 }
        }
        func little(_ value: UInt32, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(value >> (8 * $0) & 255) } }
        let count = UInt32(bytes.count)
        return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1] + little(count, 2) + little(~count & 0xFFFF, 2) + bytes
            + little(~checksum, 4) + little(count, 4)
    }

    @Test("Plain and gzip files are read, and gray becomes three channels", arguments: [false, true])
    func reading(isGzipped: Bool) throws {
        let folder = try TemporaryFolder()
        let ending = isGzipped ? ".gz" : ""
        let files = images(2), classes = labels([1, 7])
        try folder.write("train-images-idx3-ubyte" + ending, isGzipped ? gzipped(files) : files)
        try folder.write("train-labels-idx1-ubyte" + ending, isGzipped ? gzipped(classes) : classes)
        let opened = try openDataset(at: folder.path)
        #expect(opened.location.layout == .idxFiles)
        #expect(opened.test == nil)
        #expect(opened.classNames == (0..<10).map(String.init))
        #expect(opened.training.labels == [1, 7])
        let image = try opened.training.image(at: 1, options: .init())
        #expect(image.width == 3 && image.height == 2)
        #expect(image.pixels == [6, 7, 8, 9, 10, 11].flatMap { [$0, $0, $0] })
        #expect(opened.training.name(at: 1) == "train[1]")
    }

    @Test("Fashion-MNIST is recognized by its labels")
    func fashion() throws {
        let folder = try TemporaryFolder()
        try folder.write("t10k-images-idx3-ubyte", images(10))
        try folder.write("t10k-labels-idx1-ubyte", labels([9, 2, 1, 1, 6, 1, 4, 6, 5, 7]))
        let dataset = try MNIST(path: folder.path, part: .test)
        #expect(dataset.classNames[dataset.label(at: 0)] == "Ankle boot")
        #expect(dataset.classNames[dataset.label(at: 1)] == "Pullover")
    }

    @Test("The error for a damaged file names it")
    func damage() throws {
        let cases: [(contents: [UInt8], classes: [UInt8], says: String)] = [
            (Array(images(2).dropLast()), labels([0, 1]), "only 11"),
            (images(2) + [0], labels([0, 1]), "more"),
            (images(2), labels([0, 1, 2]), "contains 3 labels"),
            ([1] + images(2).dropFirst(), labels([0, 1]), "not an IDX file"),
            (labels([0, 1]), labels([0, 1]), "not an IDX file"),
            ([], labels([0, 1]), "not an IDX file"),
            ([0, 0, 8, 3] + [UInt8](repeating: 255, count: 12), labels([0, 1]), "a gigabyte"),
            (Array(gzipped(images(2)).dropLast(12)), labels([0, 1]), "train-images"),
            (gzipped(images(2)).map { $0 == 11 ? 12 : $0 }, labels([0, 1]), "can't be decompressed"),
            (images(0), labels([]), "no image"),
        ]
        for (contents, classes, says) in cases {
            let folder = try TemporaryFolder()
            try folder.write("train-images-idx3-ubyte", contents)
            try folder.write("train-labels-idx1-ubyte", classes)
            let error = #expect(throws: DatasetError.self, "\(says)") { try MNIST(path: folder.path, part: .training) }
            #expect(error?.description.contains(says) == true, "\(String(describing: error))")
            #expect(error?.path?.hasSuffix("train-images-idx3-ubyte") == true)
        }
        let folder = try TemporaryFolder()
        try folder.write("train-images-idx3-ubyte", images(1))
        #expect(throws: DatasetError.self) { try openDataset(at: folder.path) }
        try folder.write("train-labels-idx1-ubyte", labels([2]))
        let error = #expect(throws: DatasetError.self) {
            try MNIST(path: folder.path, part: .training, classNames: ["a", "b"])
        }
        #expect(error?.code == .unknownClass)
    }
}

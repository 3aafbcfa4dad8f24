import Images
import TestSupport

/// Images in memory only, one gray level for each index.
struct MemoryDataset: ImageDataset {
    var classNames = ["a", "b"]
    var imageLabels: [Int]
    var damaged: Set<Int> = []

    init(count: Int, classes: Int = 2, damaged: Set<Int> = []) {
        classNames = (0..<classes).map { "class \($0)" }
        imageLabels = (0..<count).map { $0 % classes }
        self.damaged = damaged
    }

    init(countsByClass: [Int]) {
        classNames = countsByClass.indices.map { "class \($0)" }
        imageLabels = countsByClass.enumerated().flatMap { Array(repeating: $0, count: $1) }
    }

    struct Damage: Error {}

    var count: Int { imageLabels.count }
    func label(at index: Int) -> Int { imageLabels[index] }
    func name(at index: Int) -> String { "memory/\(index)" }
    func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        if damaged.contains(index) { throw Damage() }
        return Image(width: 4, height: 4, pixels: Array(repeating: UInt8(index % 251), count: 48))
    }
}

extension TemporaryFolder {
    /// Writes an image of one gray level, as PNG for any name.
    func writeImage(_ name: String, gray: UInt8 = 128, width: Int = 4, height: Int = 3) throws {
        let pixels = [UInt8](repeating: gray, count: width * height * 3)
        try write(name, Image(width: width, height: height, pixels: pixels).pngData())
    }
}

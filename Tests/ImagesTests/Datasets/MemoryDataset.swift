import Images
import TestSupport

/// Pictures that exist in memory only, one grey level for each index.
struct MemoryDataset: ImageDataset {
    var classNames = ["a", "b"]
    var pictureLabels: [Int]
    var damaged: Set<Int> = []

    init(count: Int, classes: Int = 2, damaged: Set<Int> = []) {
        classNames = (0..<classes).map { "class \($0)" }
        pictureLabels = (0..<count).map { $0 % classes }
        self.damaged = damaged
    }

    init(countsByClass: [Int]) {
        classNames = countsByClass.indices.map { "class \($0)" }
        pictureLabels = countsByClass.enumerated().flatMap { Array(repeating: $0, count: $1) }
    }

    struct Damage: Error {}

    var count: Int { pictureLabels.count }
    func label(at index: Int) -> Int { pictureLabels[index] }
    func name(at index: Int) -> String { "memory/\(index)" }
    func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        if damaged.contains(index) { throw Damage() }
        return Image(width: 4, height: 4, pixels: Array(repeating: UInt8(index % 251), count: 48))
    }
}

extension TemporaryFolder {
    /// Writes a picture of one grey level, as PNG whatever its name.
    func writePicture(_ name: String, grey: UInt8 = 128, width: Int = 4, height: Int = 3) throws {
        let pixels = [UInt8](repeating: grey, count: width * height * 3)
        try write(name, Image(width: width, height: height, pixels: pixels).pngData())
    }
}

import Foundation

@testable import TorchVision

/// A folder for one test, removed with the value.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/apus-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func path(_ name: String) -> String { "\(path)/\(name)" }

    /// Makes folders.
    func make(_ names: String...) throws {
        for name in names {
            try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
        }
    }

    /// Writes a file, making the folders above it. What is there already stays, and is an error: it might be a link to
    /// what does not belong to the test.
    @discardableResult
    func write(_ name: String, _ bytes: some Sequence<UInt8> = []) throws -> String {
        let file = URL(fileURLWithPath: path(name))
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        let descriptor = open(file.path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        try FileHandle(fileDescriptor: descriptor, closeOnDealloc: true).write(contentsOf: Data(bytes))
        return path(name)
    }

    /// Writes a picture of one grey level, as PNG whatever its name.
    func writePicture(_ name: String, grey: UInt8 = 128, width: Int = 4, height: Int = 3) throws {
        let pixels = [UInt8](repeating: grey, count: width * height * 3)
        try write(name, Image(width: width, height: height, pixels: pixels).pngData())
    }

    /// Makes a symbolic link.
    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path(name), withDestinationPath: target)
    }

    /// The names of the files in a folder, hidden ones too.
    func names(in folder: String = ".") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path(folder)).sorted()
    }
}

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

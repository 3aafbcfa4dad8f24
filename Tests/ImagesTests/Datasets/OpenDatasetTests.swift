import Foundation
import TestSupport
import Testing

@testable import Images

@Suite("Opening a dataset by its path")
struct OpenDatasetTests {
    private func reason(_ path: String, minimumClasses: Int = 2) -> DatasetError.Code? {
        do throws(DatasetError) {
            _ = try openDataset(at: path, minimumClasses: minimumClasses)
            return nil
        } catch {
            // Every error gives the location and advice.
            #expect(error.description.hasPrefix(path), "\(error)")
            #expect(error.message.count { $0 == "." } >= 2, "\(error)")
            return error.code
        }
    }

    @Test("Each layout is recognized")
    func layouts() throws {
        let classes = try TemporaryFolder()
        try classes.writeImage("a/1.png")
        try classes.writeImage("b/1.png")
        let opened = try openDataset(at: classes.path)
        #expect(opened.location.layout == .classFolders)
        #expect(opened.classNames == ["a", "b"])
        #expect(opened.validation == nil && opened.test == nil)

        let names = try TemporaryFolder()
        try names.writeImage("a.1.png")
        try names.writeImage("b.1.png")
        try names.make("checkpoints")
        #expect(reason(names.path) == .ambiguous)
        try FileManager.default.removeItem(atPath: names.path("checkpoints"))
        #expect(try openDataset(at: names.path).location.layout == .labelsInFileNames)
    }

    @Test("train, val and test become splits with the classes of train", arguments: ["val", "valid", "Validation"])
    func splits(validation: String) throws {
        let folder = try TemporaryFolder()
        for name in ["ants", "bees", "crickets"] { try folder.writeImage("train/\(name)/1.png") }
        try folder.writeImage("\(validation)/bees/1.png")
        try folder.writeImage("\(validation)/crickets/1.png")
        try folder.make("\(validation)/ants")
        try folder.writeImage("test/crickets/1.png")
        try folder.write("test/crickets/1.mp4")
        try folder.write("README.md")
        let opened = try openDataset(at: folder.path)
        #expect(opened.location.layout == .splitFolders)
        #expect(opened.training.count == 3)
        let part = try #require(opened.validation)
        #expect(part.classNames == ["ants", "bees", "crickets"])
        #expect(part.labels == [1, 2])
        let test = try #require(opened.test)
        #expect(test.labels == [2])
        #expect(opened.notes.count == 2)
        #expect(opened.notes.last == "1 of these is a video; `frameInterval = .seconds(1)` reads the frames of videos")
    }

    @Test("A class that only val has is an error that names it")
    func unknownClass() throws {
        let folder = try TemporaryFolder()
        for name in ["train/ants", "train/bees", "val/ants", "val/wasps"] { try folder.writeImage("\(name)/1.png") }
        let error = #expect(throws: DatasetError.self) { try openDataset(at: folder.path) }
        #expect(error?.code == .unknownClass)
        #expect(error?.path == folder.path("val"))
        #expect(error?.message.contains("\"wasps\"") == true)
    }

    @Test("A class may be named train")
    func trains() throws {
        let folder = try TemporaryFolder()
        for name in ["bus", "car", "train"] { try folder.writeImage("\(name)/1.png") }
        #expect(try openDataset(at: folder.path).classNames == ["bus", "car", "train"])
        try folder.writeImage("val/car/1.png")
        #expect(reason(folder.path) == .ambiguous)
    }

    @Test("A single folder train may have labels in its file names")
    func trainAlone() throws {
        let folder = try TemporaryFolder()
        try folder.writeImage("train/cat.0.png")
        try folder.writeImage("train/dog.0.png")
        let opened = try openDataset(at: folder.path)
        #expect(opened.training.classNames == ["cat", "dog"])
    }

    @Test("Unusable data are an error")
    func errors() throws {
        let folder = try TemporaryFolder()
        #expect(reason(folder.path) == .empty)
        #expect(reason(folder.path("nothing")) == .missing)
        try folder.write("file.zip")
        #expect(reason(folder.path("file.zip")) == .notAFolder)
        #expect(reason(folder.path) == .empty)
        try folder.make("a", "b")
        #expect(reason(folder.path) == .empty)
        try folder.write("a/1.txt")
        #expect(reason(folder.path) == .empty)
        try folder.writeImage("a/1.png")
        #expect(reason(folder.path) == .emptyClass)
        try FileManager.default.removeItem(atPath: folder.path("b"))
        #expect(reason(folder.path) == .tooFewClasses)
        #expect(reason(folder.path, minimumClasses: 1) == nil)
    }

    @Test("File names without labels are detected")
    func namesWithoutLabels() throws {
        let folder = try TemporaryFolder()
        for number in 0..<8 { try folder.writeImage("IMG_000\(number).png") }
        #expect(reason(folder.path) == .ambiguous)
    }

    @Test("A folder without permission is an error")
    func permission() throws {
        let folder = try TemporaryFolder()
        try folder.writeImage("a/1.png")
        try folder.writeImage("b/1.png")
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: folder.path("b"))
        defer { try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path("b")) }
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
        let error = asOrdinaryUser { () -> DatasetError? in
            do throws(DatasetError) {
                _ = try openDataset(at: folder.path)
                return nil
            } catch {
                return error
            }
        }
        #expect(error?.code == .unreadable)
        #expect(error?.path == folder.path("b"))
    }
}

/// Runs the body without root's right to read everything: on Linux a single thread can act as another user in the file
/// system.
func asOrdinaryUser<Result>(_ body: () -> Result) -> Result {
    typealias SetUser = @convention(c) (UInt32) -> Int32
    guard geteuid() == 0, let symbol = dlsym(nil, "setfsuid") else { return body() }
    let setUser = unsafeBitCast(symbol, to: SetUser.self)
    _ = setUser(65534)
    defer { _ = setUser(0) }
    return body()
}

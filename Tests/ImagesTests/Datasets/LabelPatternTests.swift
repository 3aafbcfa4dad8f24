import TestSupport
import Testing

@testable import Images

@Suite("Label patterns")
struct LabelPatternTests {
    @Test(
        "A pattern captures from the name, or from the path if it contains a slash",
        arguments: [
            ("^([a-z]+)_[0-9]+", "photos/cat_001.jpg", "cat"),
            ("_(dog|cat)[.]", "x/2020_dog.png", "dog"),
            (#"^(\w+)/"#, "bees/cat_001.jpg", "bees"),
            (#"/(\w+)_"#, "bees/cat_001.jpg", "cat"),
            (#"^(.+?)_\d+\.jpg$"#, "great_pyrenees_12.jpg", "great_pyrenees"),
            ("^(?:IMG|DSC)_([^_]+)", "DSC_ünï_1.jpg", "ünï"),
            ("^(e)", "e\u{301}.jpg", "e"),
            ("(.)", "🐝.jpg", "🐝"),
        ] as [(String, String, String?)])
    func captures(pattern: String, path: String, label: String?) throws {
        #expect(try LabelPattern(pattern).capture(in: path) == label)
    }

    @Test(
        "A name without a match or a capture has no label",
        arguments: [("^([a-z]+)_", "1_cat.jpg"), ("^(cat)/", "cat_1.jpg"), ("^([a-z]*)", "1.jpg"), ("a|(b)", "a.jpg")])
    func noMatch(pattern: String, path: String) throws {
        #expect(try LabelPattern(pattern).capture(in: path) == nil)
    }

    @Test(
        "A pattern that is invalid or does not have exactly one group is an error",
        arguments: ["(", "[a", "cat", "(a)(b)", "(?:cat)", "(a(b))", "*(a)"])
    func wrong(pattern: String) {
        let error = #expect(throws: DatasetError.self) { try LabelPattern(pattern) }
        #expect(error?.code == .badPattern)
        #expect(error?.message.contains("'\(pattern)'") == true)
    }

    @Test("A folder is labeled by a pattern, regardless of its subfolders")
    func folder() throws {
        let folder = try TemporaryFolder()
        for name in ["cat_1", "cat_2", "a/dog_1", "a/b/dog_2", "a/IMG-3"] { try folder.writeImage(name + ".png") }
        let opened = try openDataset(at: folder.path, options: .init(labelPattern: "^([a-z]+)_"))
        #expect(opened.classNames == ["cat", "dog"])
        #expect(opened.training.labels == [0, 0, 1, 1])
        #expect(opened.notes.count == 1)
        #expect(opened.notes[0].contains("1 file does not match") && opened.notes[0].contains("IMG-3.png"))
        let byPath = try openDataset(at: folder.path, options: .init(labelPattern: "(?:^|/)([^/]+)/[^/]+$"))
        #expect(byPath.classNames == ["a", "b"])
        #expect(byPath.training.labels == [0, 0, 1])
        let none = #expect(throws: DatasetError.self) {
            try openDataset(at: folder.path, options: .init(labelPattern: "^([0-9]+)$"))
        }
        #expect(none?.code == .empty)
        #expect(none?.message.contains("5 files do not match") == true)
    }

    @Test("A pattern labels train and val, too")
    func splitFolders() throws {
        let folder = try TemporaryFolder()
        for name in ["train/x/cat_1", "train/y/dog_1", "val/y/dog_2"] { try folder.writeImage(name + ".png") }
        let opened = try openDataset(at: folder.path, options: .init(labelPattern: "^([a-z]+)_"))
        #expect(opened.training.labels == [0, 1])
        #expect(opened.validation?.labels == [1])
        // The path starts at the given folder.
        let byPath = try openDataset(at: folder.path, options: .init(labelPattern: "^(?:train|val)/([xy])/"))
        #expect(byPath.classNames == ["x", "y"])
        #expect(byPath.validation?.labels == [1])
        #expect(throws: DatasetError.self) {
            try openDataset(at: folder.path, options: .init(labelPattern: "^train/([xy])/"))
        }
    }

    @Test("Given classes fix the order, and other classes are an error that names them")
    func classes() throws {
        let folder = try TemporaryFolder()
        for name in ["ant.1", "bee.1", "bee.2", "wasp.1"] { try folder.writeImage(name + ".png") }
        let opened = try openDataset(at: folder.path, options: .init(classes: ["wasp", "fly", "bee", "ant"]))
        #expect(opened.classNames == ["wasp", "fly", "bee", "ant"])
        #expect(opened.training.labels == [3, 2, 2, 0])
        #expect(opened.notes.contains { $0.contains("fly") })
        let error = #expect(throws: DatasetError.self) {
            try openDataset(at: folder.path, options: .init(classes: ["ant", "fly"]))
        }
        #expect(error?.code == .unknownClass)
        #expect(error?.message.contains("\"bee\" (2 images), \"wasp\" (1 image)") == true)
        for classes in [["ant", "bee", "ant", "wasp"], ["ant", ""], []] {
            #expect(throws: DatasetError.self) {
                try openDataset(at: folder.path, options: .init(classes: classes))
            }
        }
    }

    @Test("Classes are given as a list or in a file")
    func classNames() throws {
        #expect(try DatasetOptions.classNames("cat, dog") == ["cat", "dog"])
        let folder = try TemporaryFolder()
        try folder.write("classes.txt", "\u{feff}hot dog\r\ncat\r\n\r\n".utf8)
        #expect(try DatasetOptions.classNames(folder.path("classes.txt")) == ["hot dog", "cat"])
        #expect(throws: DatasetError.self) { try DatasetOptions.classNames(folder.path("none.txt")) }
        #expect(throws: DatasetError.self) { try DatasetOptions.classNames("none.txt") }
    }
}

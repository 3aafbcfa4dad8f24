import Images
import LibC
import Platform
import StudioProject
import TestSupport
import Testing

@Suite struct ScanTests {
    /// The paths of all photos, with their classes and splits.
    private func content(_ project: Project) throws -> [String] {
        let names = Dictionary(uniqueKeysWithValues: project.classes.map { ($0.id, $0.name) })
        return try project.photos(PhotoFilter(), offset: 0, limit: 1_000).map { photo in
            [photo.path, photo.classID.flatMap { names[$0] } ?? "-", photo.split?.rawValue ?? "-"]
                .joined(separator: " ")
        }
    }

    private func open(_ folder: TemporaryFolder, _ names: [String]) throws -> Project {
        for name in names { try folder.write(name, [1]) }
        return try Project(at: folder.path, isDurable: false)
    }

    @Test("Class folders give labels, which undo does not take away")
    func classFolders() throws {
        let folder = try TemporaryFolder()
        let project = try open(folder, ["bee/1.jpg", "ant/1.jpg", "ant/deep/2.png", "ant/notes.txt"])
        let result = try project.scan()
        #expect(result.added == 3)
        #expect(try content(project) == ["ant/1.jpg ant -", "ant/deep/2.png ant -", "bee/1.jpg bee -"])
        #expect(project.classes.map(\.name) == ["ant", "bee"])
        #expect(try project.undo() == nil)
        #expect(project.revision == 0)
    }

    @Test("Split folders give splits; without validation images, those of training are open")
    func splitFolders() throws {
        let folder = try TemporaryFolder()
        let project = try open(folder, ["train/a/1.jpg", "train/b/1.jpg", "val/a/2.jpg", "test/b/3.jpg"])
        _ = try project.scan()
        #expect(
            try content(project) == [
                "test/b/3.jpg b test", "train/a/1.jpg a train", "train/b/1.jpg b train", "val/a/2.jpg a val",
            ])
        let other = try TemporaryFolder()
        let second = try open(other, ["train/a/1.jpg", "train/b/1.jpg", "test/3.jpg", "test/4.jpg"])
        _ = try second.scan()
        #expect(
            try content(second) == ["test/3.jpg - -", "test/4.jpg - -", "train/a/1.jpg a -", "train/b/1.jpg b -"])
    }

    @Test("A table gives labels and splits to photos in the folder; others stay without")
    func table() throws {
        let folder = try TemporaryFolder()
        let table = #"""
            path,label,split
            images/1.jpg,ant,train
            ./images/../images/2.jpg,"bee, ""wild""",val
            ../outside.jpg,ant,train
            images/gone.jpg,ant,test
            """#
        try folder.write("photos/labels.csv", table.utf8)
        for name in ["outside.jpg", "photos/images/1.jpg", "photos/images/2.jpg", "photos/images/3.jpg"] {
            try folder.write(name, [1])
        }
        let project = try Project(at: folder.path("photos"), isDurable: false)
        let result = try project.scan()
        #expect(
            try content(project) == [
                "images/1.jpg ant train", "images/2.jpg bee, \"wild\" val", "images/3.jpg - -",
            ])
        #expect(result.notes.contains { $0.hasPrefix("1 photo is outside of the folder") }, "\(result.notes)")
    }

    @Test("Photos in one folder, or in folders that are no classes, have no labels")
    func flat() throws {
        let folder = try TemporaryFolder()
        let project = try open(folder, ["IMG_0002.JPG", "IMG_0001.JPG"])
        #expect(try project.scan() == ScanResult(added: 2, changed: 0, missing: 0, notes: []))
        #expect(try content(project) == ["IMG_0001.JPG - -", "IMG_0002.JPG - -"])
        let named = try TemporaryFolder()
        let cats = try open(named, ["cat.1.jpg", "cat.2.jpg", "dog.1.jpg", "dog.2.jpg"])
        _ = try cats.scan()
        #expect(cats.classes.map(\.photos) == [2, 2])
        let other = try TemporaryFolder()
        let second = try open(other, ["unsorted.jpg", "ant/1.jpg", "bee/1.jpg"])
        let result = try second.scan()
        #expect(result.added == 3)
        #expect(result.notes.contains { $0.hasPrefix("the names of the folders were not read as classes") })
        #expect(second.counts.unlabeled == 3)
        let empty = try TemporaryFolder()
        #expect(try open(empty, []).scan() == ScanResult())
    }

    @Test("Photos in tar archives are no photos of a project, and give no classes")
    func shards() throws {
        let members = ["1", "2"].flatMap { key in
            [ArchivedFile(key + ".jpg", [1]), ArchivedFile(key + ".cls", "class \(key)".utf8)]
        }
        let folder = try TemporaryFolder()
        try folder.write("photos.tar", ArchiveBytes.tar(members))
        let project = try Project(at: folder.path, isDurable: false)
        _ = try project.scan()
        #expect(try content(project) == [] && project.classes.isEmpty)
        for name in ["ant/1.jpg", "bee/1.jpg"] { try folder.write(name, [1]) }
        _ = try project.scan()
        #expect(try content(project) == ["ant/1.jpg ant -", "bee/1.jpg bee -"])
    }

    @Test("A folder that changed: new, changed, missing and returned files; edits stay")
    func changes() throws {
        let folder = try TemporaryFolder()
        let project = try open(folder, ["a/1.jpg", "a/2.jpg", "b/1.jpg"])
        _ = try project.scan()
        #expect(try project.scan() == ScanResult())
        let ids = try project.ids(PhotoFilter())
        let second = try #require(project.classes.last?.id)
        try project.apply(.label([ids[0]], classID: second))
        try removeFile(folder.path("a/1.jpg"))
        try removeFile(folder.path("a/2.jpg"))
        try folder.write("a/2.jpg", [1, 2])
        try folder.write("c/3.jpg", [1])
        #expect(try project.scan() == ScanResult(added: 1, changed: 1, missing: 1, notes: []))
        #expect(try content(project) == ["a/2.jpg a -", "b/1.jpg b -", "c/3.jpg c -"])
        #expect(project.counts.missing == 1)
        #expect(try project.ids(PhotoFilter(state: .missing)) == [ids[0]])
        // The new class is an edit, so that undo can't give its name to another one.
        #expect(project.undoSummary == EditSummary(kind: "addClass", count: 1, name: "c"))
        try folder.write("a/1.jpg", [1])
        #expect(try project.scan().changed == 1)
        #expect(try content(project).first == "a/1.jpg b -")
        // Deleted classes come back only with new photos.
        try project.apply(.deleteClass(second))
        try folder.write("c/4.jpg", [1])
        _ = try project.scan()
        #expect(project.classes.map(\.name) == ["a", "c"])
    }

    @Test("Names that are not UTF-8, with quotes, line breaks and HTML are kept byte for byte")
    func names() throws {
        let folder = try TemporaryFolder()
        let names = [
            "a/caf\u{10FEE9}.jpg", "a/\"quoted\".jpg", "a/line\nbreak.jpg", "b/<img src=x onerror=alert(1)>.jpg",
            "b/é.jpg", "b/e\u{301}.jpg", "b/=1+1.jpg", "b/ space.jpg", "b/c;d\\e.jpg",
        ]
        for name in names {
            try makeFolder(folder.path(String(name.prefix(1))))
            try writeAtomically([1], to: folder.path(name))
        }
        let project = try Project(at: folder.path, isDurable: false)
        #expect(try project.scan().added == names.count)
        let photos = try project.photos(PhotoFilter(), offset: 0, limit: 100)
        #expect(Set(photos.map(\.path.fileNameBytes)) == Set(names.map(\.fileNameBytes)))
        for photo in photos { #expect(try fileBytes(project.absolutePath(of: photo)) == [1]) }
        #expect(try project.scan() == ScanResult())
        #expect(try project.photos(PhotoFilter(text: "\nBREAK"), offset: 0, limit: 2).count == 1)
        try compareTable(of: project)
    }

    /// Checks that the table is read as the same photos, labels and splits.
    private func compareTable(of project: Project) throws {
        let rows = try project.table()
        let expected = Set(
            rows.map {
                [
                    Array("\(project.folder)/".utf8) + $0.photo.path.fileNameBytes, Array($0.label.utf8),
                    Array($0.split.rawValue.utf8),
                ]
            })
        let elsewhere = try TemporaryFolder()
        for path in [
            project.path(inside: "runs/one.csv"), project.folder + "/one.csv", elsewhere.path("one.csv"),
            project.folder + "/../" + String(fileName: FilePath(elsewhere.path).lastComponent) + "/two.csv",
        ] {
            try makeFolder(FilePath(path).parent.text)
            try project.writeTable(to: path)
            defer { try? removeFile(path) }
            let dataset = try openDataset(at: path)
            var found: Set<[[UInt8]]> = []
            for (split, images) in [
                ("train", dataset.training), ("val", dataset.validation), ("test", dataset.test),
            ] as [(String, (any ImageDataset)?)] {
                guard let images else { continue }
                for index in 0..<images.count {
                    let file = try #require(realpath(images.name(at: index)))
                    found.insert([file, Array(images.classNames[images.label(at: index)].utf8), Array(split.utf8)])
                }
            }
            #expect(found == expected)
        }
    }

    private func realpath(_ path: String) -> [UInt8]? {
        guard let resolved = path.withFileName({ LibC.realpath($0, nil) }) else { return nil }
        defer { free(resolved) }
        return String(fileName: resolved).fileNameBytes
    }

    @Test(
        "The table has the test set as drawn, splits of the data, and 20 % of the other photos of each class for validation"
    )
    func splits() throws {
        let folder = try TemporaryFolder()
        let project = try open(
            folder, (0..<30).map { "a/\($0).jpg" } + (0..<3).map { "b/\($0).jpg" } + ["c/0.jpg"])
        _ = try project.scan()
        let drawn = try project.ids(PhotoFilter(text: "a/1"))
        try project.apply(.split(drawn, .test))
        let own = try project.ids(PhotoFilter(text: "a/20"))
        try project.apply(.split(own, .train))
        let damaged = try #require(try project.ids(PhotoFilter(text: "a/2.")).first)
        try project.set(state: .unreadable, problem: "damaged", for: damaged)
        try project.apply(.renameClass(project.classes[2].id, name: " =c;\\ "))
        func count(_ label: String, _ split: Split) throws -> Int {
            try project.table().count { $0.label == label && $0.split == split }
        }
        // 30 photos, without 11 in the test set, one that is damaged and one that is fixed.
        #expect(try count("a", .test) == 11)
        #expect(try count("a", .val) == 3)
        #expect(try count("a", .train) == 15)
        #expect(try count("b", .val) == 1)
        #expect(try count("b", .train) == 2)
        #expect(try count(" =c;\\ ", .train) == 1)
        #expect(try project.table().contains { $0.photo.id == damaged } == false)
        try compareTable(of: project)
        // A new photo of another class changes no split.
        let before = try project.table().map(\.split)
        try folder.write("d/0.jpg", [1])
        _ = try project.scan()
        #expect(try project.table().map(\.split).dropLast() == before[...])
    }
}

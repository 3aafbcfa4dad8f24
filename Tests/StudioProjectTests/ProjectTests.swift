import LibC
import Platform
import StudioProject
import TestSupport
import Testing

@Suite struct ProjectTests {
    @Test("A second opening of a folder fails and names the process that has it, until that one ends")
    func locked() throws {
        let folder = try TemporaryFolder()
        var project: Project? = try Project(at: folder.path, isDurable: false)
        try folder.link("link", to: ".")
        for path in [folder.path, folder.path("link")] {
            let error = #expect(throws: ProjectError.self) { try Project(at: path) }
            #expect(error?.code == .inUse)
            #expect(error?.message.contains("process \(getpid()) ") == true)
        }
        withExtendedLifetime(project) {}
        project = nil
        _ = try Project(at: folder.path, isDurable: false)
    }

    @Test("A read-only project shows what another process changes, and changes nothing")
    func readOnly() throws {
        let folder = try TemporaryFolder()
        try folder.write("1.jpg", [0])
        #expect(throws: ProjectError.self) { try Project(at: folder.path, isReadOnly: true) }
        #expect(try folder.names() == ["1.jpg"])
        let project = try Project(at: folder.path, isDurable: false)
        _ = try project.scan()
        let reader = try Project(at: folder.path, isReadOnly: true)
        #expect(reader.counts.photos == 1)
        let id = try #require(try project.apply(.addClass(name: "ant")).created)
        try project.apply(.label(project.ids(PhotoFilter()), classID: id))
        #expect(reader.classes.map(\.photos) == [1])
        #expect(reader.revision == 2)
        #expect(try reader.ids(PhotoFilter(classID: id)).count == 1)
        for change in [
            { _ = try reader.apply(.addClass(name: "bee")) }, { _ = try reader.undo() }, { _ = try reader.scan() },
            { _ = try reader.addPhoto(named: "2.jpg", bytes: [1]) }, { try reader.set(setting: "a", to: "b") },
        ] as [() throws -> Void] {
            #expect(throws: ProjectError.self) { try change() }
        }
        #expect(project.revision == 2)
    }

    @Test("A project whose folders are links is refused, because files elsewhere would be deleted") func links() throws
    {
        for name in ["runs", "photos", "exports", "explanations"] {
            let folder = try TemporaryFolder()
            try folder.make("elsewhere", "photos/.apus")
            try folder.write("elsewhere/a.partial", [])
            try folder.link("photos/.apus/" + name, to: folder.path("elsewhere"))
            let error = #expect(throws: ProjectError.self) { try Project(at: folder.path("photos")) }
            #expect(error?.code == .notAFolder && error?.message.contains(name) == true)
            #expect(try folder.names(in: "elsewhere") == ["a.partial"])
        }
    }

    @Test("A photo that is dropped while the folder is looked at is not missing") func droppedDuringScan() throws {
        let folder = try TemporaryFolder()
        try folder.write("1.jpg", [0])
        let project = try Project(at: folder.path, isDurable: false)
        _ = try project.scan()
        var dropped: Photo?
        _ = try project.scan { _ in
            if dropped == nil { dropped = try project.addPhoto(named: "2.jpg", bytes: [1, 2]) }
        }
        let id = try #require(dropped?.id)
        #expect(try project.photo(id).state == .new)
        #expect(try project.ids(PhotoFilter()).contains(id))
    }

    @Test("Folders that are none, damaged projects and those of newer versions are refused with the reason")
    func damaged() throws {
        let folder = try TemporaryFolder()
        func code() -> ProjectError.Code? {
            do { _ = try Project(at: folder.path("photos")) } catch { return (error as ProjectError).code }
            return nil
        }
        #expect(code() == .notAFolder)
        try folder.make("elsewhere", "photos")
        try folder.link("photos/.apus", to: folder.path("elsewhere"))
        #expect(code() == .notAFolder)
        #expect(try folder.names(in: "elsewhere").isEmpty)
        try removeFile(folder.path("photos/.apus"))
        try folder.write("photos/.apus/project.sqlite", Array(repeating: 7, count: 10_000))
        #expect(code() == .damaged)
        try removeFile(folder.path("photos/.apus/project.sqlite"))
        try folder.link("photos/.apus/project.sqlite", to: folder.path("elsewhere/project.sqlite"))
        #expect(code() != nil)
        #expect(try folder.names(in: "elsewhere").isEmpty)
    }

    @Test("Photos whose links or names lead out of the folder are refused")
    func outside() throws {
        let folder = try TemporaryFolder()
        try folder.write("secret.jpg", [1])
        try folder.write("photos/a/1.jpg", [1])
        try folder.link("photos/a/2.jpg", to: "1.jpg")
        try folder.link("photos/a/3.jpg", to: "../../secret.jpg")
        try folder.link("photos/b", to: folder.path)
        let project = try Project(at: folder.path("photos"), isDurable: false)
        let result = try project.scan()
        #expect(try project.photos(PhotoFilter(), offset: 0, limit: 9).map(\.path) == ["a/1.jpg", "a/2.jpg"])
        #expect(result.notes.contains { $0.contains("outside of the folder") }, "\(result.notes)")
        #expect(
            try project.absolutePath(of: Photo(id: 1, path: "a/2.jpg")) == project.folder + "/a/1.jpg")
        for path in [
            "a/3.jpg", "b/secret.jpg", "../secret.jpg", "a/../../secret.jpg", "/etc/passwd", ".apus/project.sqlite",
            ".apus/photos/../project.sqlite", "", ".", "a//1.jpg", "a/\u{0}",
        ] {
            let error = #expect(throws: ProjectError.self, "\(path)") {
                try project.absolutePath(of: Photo(id: 1, path: path))
            }
            #expect(error?.code == .outside, "\(path)")
        }
        let error = #expect(throws: ProjectError.self) { try project.absolutePath(of: Photo(id: 1, path: "a/9.jpg")) }
        #expect(error?.code == .missingFile)
    }

    @Test("Dropped photos get safe and free names in the project")
    func upload() throws {
        let folder = try TemporaryFolder()
        let project = try Project(at: folder.path, isDurable: false)
        let names = [
            "cat.jpg", "cat.jpg", "../../up.jpg", "C:\\x\\win.png", ".hidden.png", "", "..", "a/b\0c\n<script>.jpg",
            "猫 é.jpeg", String(repeating: "x", count: 400) + ".jpg", "noextension", "caf\u{10FEE9}.jpg",
        ]
        for (place, name) in names.enumerated() {
            let photo = try project.addPhoto(named: name, bytes: [UInt8(place)])
            #expect(photo.path.hasPrefix(".apus/photos/"))
            #expect(photo.size == 1)
            #expect(try fileBytes(project.absolutePath(of: photo)) == [UInt8(place)])
        }
        let made = try folder.names(in: ".apus/photos")
        #expect(made.count == names.count)
        #expect(made.allSatisfy { $0.utf8.count < 200 && !$0.hasPrefix(".") && !$0.contains("<") })
        #expect(made.contains("cat.jpg") && made.contains("up.jpg") && made.contains("win.png"))
        #expect(made.contains("猫_é.jpeg"))
        #expect(try project.scan() == ScanResult())
        let error = #expect(throws: ProjectError.self) { try project.addPhoto(named: "a.jpg", bytes: [1], classID: 9) }
        #expect(error?.code == .unknownClass)
        #expect(try folder.names(in: ".apus/photos").count == names.count)
        // A photo that was written when the program was killed.
        try folder.write(".apus/photos/late.jpg", [1])
        try folder.write(".apus/photos/reserved.jpg")
        try folder.write(".apus/photos/.x.partial", [1])
        #expect(try project.scan().added == 1)
    }

    @Test("Filters, their order and their parts")
    func filters() throws {
        let folder = try TemporaryFolder()
        for name in ["b/Two.jpg", "a/one.jpg", "c.jpg", "a/É.jpg"] { try folder.write(name, [0]) }
        let project = try Project(at: folder.path, isDurable: false)
        _ = try project.scan()
        func paths(_ filter: PhotoFilter) throws -> [String] {
            try project.photos(filter, offset: 0, limit: 100).map(\.path)
        }
        let all = ["a/one.jpg", "a/É.jpg", "b/Two.jpg", "c.jpg"]
        #expect(try paths(PhotoFilter()) == all)
        #expect(try project.photos(PhotoFilter(), offset: 1, limit: 2).map(\.path) == Array(all[1...2]))
        #expect(try project.photos(PhotoFilter(), offset: 4, limit: 2).isEmpty)
        #expect(try paths(PhotoFilter(order: .added)) == all.reversed())
        #expect(try paths(PhotoFilter(text: "TWO")) == ["b/Two.jpg"])
        #expect(try paths(PhotoFilter(text: "é")) == ["a/É.jpg"])
        #expect(try paths(PhotoFilter(text: "%")).isEmpty)
        let ids = try project.ids(PhotoFilter())
        let ant = try #require(try project.apply(.addClass(name: "ant")).created)
        let bee = try #require(try project.apply(.addClass(name: "bee")).created)
        try project.apply(.relabel([ids[0]: bee, ids[3]: ant]))
        #expect(try paths(PhotoFilter(order: .class)) == ["c.jpg", "a/one.jpg", "a/É.jpg", "b/Two.jpg"])
        #expect(try paths(PhotoFilter(classID: ant)) == ["c.jpg"])
        #expect(try project.count(PhotoFilter(isLabeled: false)) == 2)
        #expect(try project.ids(PhotoFilter(isLabeled: true, ids: [ids[3], ids[1]])) == [ids[3]])
        try project.apply(.remove([ids[1]]))
        #expect(try paths(PhotoFilter(isRemoved: true)) == ["a/É.jpg"])
        #expect(try project.count(PhotoFilter()) == 3)
        #expect(try project.photos(ids.reversed()).map(\.id) == ids.reversed())
    }

    @Test("What decoding finds out is kept until the file changes")
    func facts() throws {
        let folder = try TemporaryFolder()
        try folder.write("1.jpg", [0])
        try folder.write("2.jpg", [0])
        let project = try Project(at: folder.path, isDurable: false)
        _ = try project.scan()
        let photos = try project.photos(PhotoFilter(), offset: 0, limit: 2)
        try project.set([
            PhotoFacts(id: photos[0].id, version: photos[0].version, state: .ok, width: 4, height: 3, digest: "d"),
            PhotoFacts(id: photos[1].id, state: .unreadable, problem: "it's cut \"off\""),
        ])
        let found = try project.photos(photos.map(\.id))
        #expect(found[0].width == 4 && found[0].height == 3 && found[0].digest == "d" && found[0].state == .ok)
        #expect(found[1].problem == "it's cut \"off\"" && project.counts.unreadable == 1)
        #expect(try project.ids(PhotoFilter(state: .unreadable)) == [photos[1].id])
        try removeFile(folder.path("1.jpg"))
        try folder.write("1.jpg", [1, 2, 3])
        #expect(try project.scan() == ScanResult(added: 0, changed: 1, missing: 0, notes: []))
        let changed = try project.photo(photos[0].id)
        #expect(changed.state == .new && changed.width == nil && changed.digest == nil)
        #expect(changed.version != photos[0].version)
        try project.set([PhotoFacts(id: changed.id, version: photos[0].version, state: .ok, width: 4)])
        #expect(try project.photo(changed.id).state == .new)
    }

    @Test("Findings are shown worst first until they are dismissed or settled")
    func findings() throws {
        let folder = try TemporaryFolder()
        for number in 1...4 { try folder.write("\(number).jpg", [0]) }
        let project = try Project(at: folder.path, isDurable: false)
        _ = try project.scan()
        let ids = try project.ids(PhotoFilter())
        let ant = try #require(try project.apply(.addClass(name: "ant")).created)
        let bee = try #require(try project.apply(.addClass(name: "bee")).created)
        try project.apply(.label(ids, classID: ant))
        let label = Finding(photo: ids[0], kind: .label, score: 0.9, likelyClass: bee, probability: 0.95, note: "<i>")
        let all = [
            Finding(photo: ids[1], kind: .label, score: 0.5), label,
            Finding(photo: ids[2], kind: .duplicate, score: 1, others: [ids[3]]),
            Finding(photo: ids[3], kind: .leak, score: 1, others: [ids[2]]),
        ]
        try project.replaceFindings(of: [.label, .duplicate, .leak], by: all)
        #expect(try project.findings(.label).first == label)
        #expect(try project.findings(.label, offset: 1, limit: 1).map(\.photo) == [ids[1]])
        #expect(try project.findings(of: ids[0]) == [label])
        #expect(project.findingCounts == [.label: 2, .duplicate: 1, .leak: 1])
        #expect(try project.ids(PhotoFilter(finding: .label)) == [ids[0], ids[1]])
        // The user accepts the label, and undoes it.
        try project.apply(.label([ids[0]], classID: bee))
        #expect(project.findingCounts[.label] == 1)
        #expect(try project.ids(PhotoFilter(finding: .label)) == [ids[1]])
        try project.undo()
        #expect(project.findingCounts[.label] == 2)
        try project.apply(.remove([ids[3]]))
        #expect(project.findingCounts == [.label: 2])
        try project.undo()
        try project.apply(.split([ids[3]], .test))
        #expect(project.findingCounts[.leak] == nil)
        try project.apply(.dismiss([ids[0]], .label))
        try project.replaceFindings(of: [.label], by: Array(all[0...1]))
        #expect(try project.findings(.label).map(\.photo) == [ids[1]])
        try project.undo()
        #expect(try project.findings(.label).map(\.photo) == [ids[0], ids[1]])
        try project.apply(.deleteClass(bee))
        #expect(try project.findings(.label).first?.likelyClass == nil)
        try project.replaceFindings(of: [.label], by: [])
        #expect(project.findingCounts == [.duplicate: 1])
    }

    @Test("A group of copies does not name those that were dismissed, removed or lost, and ends with its last one")
    func groups() throws {
        let folder = try TemporaryFolder()
        for number in 1...4 { try folder.write("\(number).jpg", [0]) }
        let project = try Project(at: folder.path, isDurable: false)
        _ = try project.scan()
        let ids = try project.ids(PhotoFilter())
        try project.replaceFindings(
            of: [.near, .duplicate],
            by: [
                Finding(photo: ids[0], kind: .near, score: 1, others: [ids[3], ids[1], ids[2]]),
                Finding(photo: ids[1], kind: .near, score: 1, others: [ids[3], ids[0], ids[2]]),
                Finding(photo: ids[2], kind: .duplicate, score: 1, others: [ids[1]]),
            ])
        func others(_ kind: FindingKind, _ photo: Int) throws -> [Int]? {
            try project.findings(kind).first { $0.photo == photo }?.others
        }
        #expect(try others(.near, ids[0]) == [ids[3], ids[1], ids[2]])
        try project.apply(.dismiss([ids[1]], .near))
        #expect(try others(.near, ids[0]) == [ids[3], ids[2]])
        #expect(try others(.near, ids[1]) == nil)
        #expect(try others(.duplicate, ids[2]) == [ids[1]], "it was dismissed as something else")
        try project.apply(.remove([ids[3]]))
        #expect(try others(.near, ids[0]) == [ids[2]])
        try project.apply(.dismiss([ids[2]], .near))
        #expect(project.findingCounts == [.duplicate: 1])
        try project.undo()
        try project.undo()
        try project.undo()
        #expect(try others(.near, ids[0]) == [ids[3], ids[1], ids[2]])
        #expect(project.findingCounts == [.near: 2, .duplicate: 1])
    }

    @Test("Settings are kept as they are")
    func settings() throws {
        let folder = try TemporaryFolder()
        var project: Project? = try Project(at: folder.path, isDurable: false)
        try project?.set(setting: "preset", to: "{\"a\": \"é\u{0}'\"}")
        try project?.set(setting: "empty", to: "")
        try project?.set(setting: "gone", to: "x")
        try project?.set(setting: "gone", to: nil)
        project = nil
        let again = try Project(at: folder.path, isDurable: false)
        #expect(again.setting("preset") == "{\"a\": \"é\u{0}'\"}")
        #expect(again.setting("empty") == "")
        #expect(again.setting("gone") == nil)
        #expect(again.setting("never") == nil)
    }
}

import Images
import Platform
import StudioProject
import TestSupport
import Testing

/// A project in memory, as simple as possible: every edit keeps a copy of all that was before.
private struct Model {
    struct Content: Equatable {
        var labels: [Int: Int] = [:]
        var splits: [Int: Split] = [:]
        var removed: Set<Int> = []
        var dismissed: Set<Int> = []
        var names: [Int: String] = [:]
    }

    let photos: [Int]
    var content = Content()
    var undone: [(before: Content, summary: EditSummary)] = []
    var done: [(before: Content, summary: EditSummary)] = []
    var revision = 0
    var lastClass = 0

    mutating func apply(_ edit: Edit) -> EditSummary? {
        var new = content
        let kind: String
        var count = 0
        var name: String?
        func changed<Value: Equatable>(_ photos: [Int], _ old: (Int) -> Value, _ value: Value) -> [Int] {
            Set(photos).filter { old($0) != value }.sorted()
        }
        switch edit {
        case .label(let photos, let id):
            kind = id == nil ? "unlabel" : "label"
            name = id.flatMap { content.names[$0] }
            guard id == nil || name != nil else { return nil }
            let those = changed(photos, { content.labels[$0] }, id)
            for photo in those { new.labels[photo] = id }
            count = those.count
        case .relabel(let labels):
            kind = "relabel"
            for (photo, id) in labels {
                guard content.names[id] != nil else { return nil }
                if content.labels[photo] != id { count += 1 }
                new.labels[photo] = id
            }
            let ids = Set(labels.values)
            name = ids.count == 1 ? ids.first.flatMap { content.names[$0] } : nil
        case .addClass(let text):
            (kind, count, name) = ("addClass", 1, text)
            guard !content.names.values.contains(text) else { return nil }
            lastClass += 1
            new.names[lastClass] = text
        case .renameClass(let id, let text):
            (kind, name) = ("renameClass", text)
            guard let old = content.names[id], !content.names.contains(where: { $0.key != id && $0.value == text })
            else { return nil }
            count = old == text ? 0 : 1
            new.names[id] = text
        case .mergeClasses(let ids, let goal):
            (kind, name) = ("mergeClasses", content.names[goal])
            let sources = Set(ids).subtracting([goal])
            guard name != nil, sources.allSatisfy({ content.names[$0] != nil }) else { return nil }
            for (photo, id) in content.labels where sources.contains(id) { new.labels[photo] = goal }
            for id in sources { new.names[id] = nil }
            count = sources.count
        case .deleteClass(let id):
            (kind, count, name) = ("deleteClass", 1, content.names[id])
            guard name != nil else { return nil }
            for (photo, label) in content.labels where label == id { new.labels[photo] = nil }
            new.names[id] = nil
        case .remove(let photos):
            kind = "remove"
            count = Set(photos).subtracting(content.removed).count
            new.removed.formUnion(photos)
        case .restore(let photos):
            kind = "restore"
            count = Set(photos).intersection(content.removed).count
            new.removed.subtract(photos)
        case .split(let photos, let split):
            (kind, name) = ("split", split?.rawValue)
            let those = changed(photos, { content.splits[$0] }, split)
            for photo in those { new.splits[photo] = split }
            count = those.count
        case .dismiss(let photos, let finding):
            (kind, name) = ("dismiss", finding.rawValue)
            count = Set(photos).subtracting(content.dismissed).count
            new.dismissed.formUnion(photos)
        }
        let summary = EditSummary(kind: kind, count: count, name: name)
        if new != content {
            done.append((content, summary))
            undone = []
            content = new
            revision += 1
        }
        return summary
    }

    mutating func undo() -> EditSummary? {
        guard let last = done.popLast() else { return nil }
        undone.append((content, last.summary))
        content = last.before
        revision += 1
        return last.summary
    }

    mutating func redo() -> EditSummary? {
        guard let last = undone.popLast() else { return nil }
        done.append((content, last.summary))
        content = last.before
        revision += 1
        return last.summary
    }
}

private struct EditSource {
    var random = CountedRandom(seed: 17, epoch: 0, index: 0)
    let photos: [Int]

    mutating func some() -> [Int] {
        (0..<random.uniform(in: 1...4)).map { _ in photos[random.uniform(below: photos.count)] }
    }

    mutating func next(_ classes: [Int]) -> Edit {
        // Now and then a class that does not exist.
        func anyClass(_ random: inout CountedRandom) -> Int {
            random.chance(0.05) || classes.isEmpty ? 100_000 : classes[random.uniform(below: classes.count)]
        }
        let name = "class \(random.uniform(below: 12))"
        switch random.uniform(below: 20) {
        case 0...5: return .label(some(), classID: random.chance(0.2) ? nil : anyClass(&random))
        case 6, 7:
            return .relabel(
                Dictionary(some().map { ($0, anyClass(&random)) }, uniquingKeysWith: { first, _ in first }))
        case 8, 9: return .addClass(name: name)
        case 10: return .renameClass(anyClass(&random), name: name)
        case 11: return .mergeClasses([anyClass(&random), anyClass(&random)], into: anyClass(&random))
        case 12: return .deleteClass(anyClass(&random))
        case 13, 14: return .remove(some())
        case 15: return .restore(some())
        case 16, 17: return .split(some(), [nil, .train, .val, .test][random.uniform(below: 4)])
        default: return .dismiss(some(), .dark)
        }
    }
}

@Suite struct JournalTests {
    @Test("10,000 random edits, undos and redos equal a model of them, also across openings")
    func random() throws {
        let folder = try TemporaryFolder()
        for number in 0..<40 { try folder.write("\(number).jpg", [0]) }
        var opened = [try Project(at: folder.path, isDurable: false)]
        var project: Project { opened[0] }
        #expect(try project.scan().added == 40)
        let photos = try project.ids(PhotoFilter())
        try project.replaceFindings(
            of: [.dark], by: photos.map { Finding(photo: $0, kind: .dark, score: Double($0)) })
        var model = Model(photos: photos)
        var source = EditSource(photos: photos)
        for step in 0..<10_000 {
            let choice = source.random.uniform(below: 10)
            if choice < 2 {
                #expect(try project.undo() == model.undo())
            } else if choice < 4 {
                #expect(try project.redo() == model.redo())
            } else {
                let edit = source.next(model.content.names.keys.sorted())
                let summary = try? project.apply(edit).summary
                #expect(summary == model.apply(edit), "\(step): \(edit)")
            }
            // A long way back, and to the front again.
            if step % 1_500 == 1_499 {
                let count = source.random.uniform(below: 300)
                for _ in 0..<count { #expect(try project.undo() == model.undo()) }
                try compare(project, model, "\(step), back")
                for _ in 0..<count / 2 { #expect(try project.redo() == model.redo()) }
            }
            if step % 2_000 == 1_999 {
                opened = []
                opened = [try Project(at: folder.path, isDurable: false)]
            }
            if step % 100 == 99 || step > 9_990 { try compare(project, model, "\(step)") }
        }
        #expect(model.revision > 5_000)
    }

    private func compare(_ project: Project, _ model: Model, _ place: String) throws {
        let content = model.content
        let photos = try project.photos(model.photos)
        try #require(
            photos.allSatisfy {
                content.labels[$0.id] == $0.classID && content.splits[$0.id] == $0.split
                    && content.removed.contains($0.id) == $0.isRemoved
            }, "\(place)")
        let shown = photos.filter { !$0.isRemoved }
        let classes = content.names.sorted { $0.key < $1.key }.enumerated().map { position, each in
            let those = shown.filter { $0.classID == each.key }
            return ProjectClass(
                id: each.key, name: each.value, position: position, photos: those.count,
                test: those.count { $0.split == .test })
        }
        try #require(project.classes == classes, "\(place)")
        var counts = Counts()
        counts.photos = shown.count
        counts.labeled = shown.count { $0.classID != nil }
        counts.unlabeled = shown.count { $0.classID == nil }
        counts.removed = photos.count - shown.count
        counts.test = shown.count { $0.split == .test }
        counts.testLabeled = shown.count { $0.split == .test && $0.classID != nil }
        try #require(project.counts == counts, "\(place)")
        let findings = shown.map(\.id).filter { !content.dismissed.contains($0) }.sorted(by: >)
        try #require(try project.findings(.dark).map(\.photo) == findings, "\(place)")
        #expect(project.findingCounts == (findings.isEmpty ? [:] : [.dark: findings.count]))
        let passing: [(PhotoFilter, (Photo) -> Bool)] = [
            (PhotoFilter(isLabeled: true), { $0.classID != nil }),
            (PhotoFilter(isLabeled: false, split: .one(.test)), { $0.classID == nil && $0.split == .test }),
            (PhotoFilter(split: .none), { $0.split == nil }),
        ]
        for (filter, passes) in passing {
            #expect(try Set(project.ids(filter)) == Set(shown.filter(passes).map(\.id)), "\(place)")
        }
        #expect(project.revision == model.revision)
        #expect(project.undoSummary == model.done.last?.summary)
        #expect(project.redoSummary == model.undone.last?.summary)
    }

    @Test("Undoing a class takes the photos along that were added to it")
    func addedPhotos() throws {
        let folder = try TemporaryFolder()
        let project = try Project(at: folder.path, isDurable: false)
        let id = try #require(try project.apply(.addClass(name: "ant")).created)
        let photo = try project.addPhoto(named: "1.jpg", bytes: [1], classID: id)
        try project.undo()
        #expect(project.classes.isEmpty)
        #expect(try project.photo(photo.id).classID == nil)
        #expect(project.counts.unlabeled == 1)
        try project.redo()
        #expect(project.classes.map(\.photos) == [1])
        #expect(try project.photo(photo.id).classID == id)
    }

    @Test("An edit that fails in the middle changes nothing")
    func failure() throws {
        let folder = try TemporaryFolder()
        try folder.write("1.jpg", [0])
        let project = try Project(at: folder.path, isDurable: false)
        _ = try project.scan()
        let id = try #require(try project.apply(.addClass(name: "ant")).created)
        let photo = try #require(try project.ids(PhotoFilter()).first)
        let before = project.counts
        for edit in [Edit.label([photo, 999], classID: id), .remove([photo, 999]), .dismiss([photo, 999], .label)] {
            let error = #expect(throws: ProjectError.self) { try project.apply(edit) }
            #expect(error?.code == .unknownPhoto)
        }
        let error = #expect(throws: ProjectError.self) { try project.apply(.mergeClasses([id, 999], into: id)) }
        #expect(error?.code == .unknownClass)
        #expect(project.counts == before)
        #expect(project.revision == 1)
        #expect(project.undoSummary?.kind == "addClass")
    }

    @Test(
        "Names of classes that are taken or not possible are refused with the reason",
        arguments: [
            ("caf\u{E9}", "already"), ("cafe\u{301}", "already"), ("", "no name"), (" \t", "no name"),
            ("a\nb", "line break"), ("a\u{2028}b", "line break"), (String(repeating: "é", count: 101), "too long"),
        ])
    func names(name: String, reason: String) throws {
        let folder = try TemporaryFolder()
        let project = try Project(at: folder.path, isDurable: false)
        try project.apply(.addClass(name: "café"))
        let other = try #require(try project.apply(.addClass(name: "<b>\"'ant;</b>")).created)
        for edit in [Edit.addClass(name: name), .renameClass(other, name: name)] {
            let error = #expect(throws: ProjectError.self) { try project.apply(edit) }
            #expect(error?.code == .invalidEdit)
            #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        }
        #expect(project.classes.map(\.name) == ["café", "<b>\"'ant;</b>"])
    }

    @Test("The test set is drawn from labeled and unlabeled photos alike, and is one edit")
    func testSet() throws {
        let folder = try TemporaryFolder()
        for number in 0..<40 { try folder.write("\(number).jpg", [0]) }
        let project = try Project(at: folder.path, isDurable: false)
        _ = try project.scan()
        let ids = try project.ids(PhotoFilter(order: .added))
        let id = try #require(try project.apply(.addClass(name: "ant")).created)
        try project.apply(.label(Array(ids[..<20]), classID: id))
        try project.apply(.remove([ids[0]]))
        try project.set(state: .unreadable, problem: "damaged", for: ids[1])
        try project.apply(.split([ids[2]], .test))
        var times: [Int: Int] = [:]
        for seed in 0..<600 as Range<UInt64> {
            let drawn = try project.drawTestSet(10, seed: seed)
            #expect(drawn.count == 10)
            #expect(try Set(project.ids(PhotoFilter(split: .one(.test)))) == Set(drawn + [ids[2]]))
            for photo in drawn { times[photo, default: 0] += 1 }
            #expect(try project.undo() == EditSummary(kind: "split", count: 10, name: "test"))
            #expect(project.counts.test == 1)
        }
        // Of 37 photos each is drawn 162 times, give or take 11 (one standard deviation).
        #expect(Set(times.keys) == Set(ids.dropFirst(3)))
        #expect(times.values.allSatisfy { (107...217).contains($0) }, "\(times)")
        #expect(try project.drawTestSet(1_000, seed: 1).count == 37)
        #expect(try project.drawTestSet(1, seed: 1).isEmpty)
    }
}

internal import Images

extension Project {
    /// Applies an edit, which is then on the disk and can be undone. Edits that were undone can't be applied again any
    /// more. An edit that changes nothing does not count.
    ///
    /// - Returns: What it did, and the number of a new class.
    /// - Throws: `ProjectError` if a photo or a class does not exist, or if a name is not possible.
    @discardableResult
    package func apply(_ edit: Edit) throws(ProjectError) -> (summary: EditSummary, created: Int?) {
        try withState { state throws(ProjectError) in try state.apply(edit) }
    }

    /// Undoes the last edit that is not undone.
    ///
    /// - Returns: What it had done; nil if there is nothing to undo.
    @discardableResult
    package func undo() throws(ProjectError) -> EditSummary? { try replay(backward: true) }

    /// Applies the last undone edit again.
    ///
    /// - Returns: What it did; nil if there is nothing to redo.
    @discardableResult
    package func redo() throws(ProjectError) -> EditSummary? { try replay(backward: false) }

    /// The edit that `undo` undoes; nil if there is none.
    package var undoSummary: EditSummary? { summary(at: 0) }

    /// The edit that `redo` applies; nil if there is none.
    package var redoSummary: EditSummary? { summary(at: 1) }

    /// Adds random photos to the test set, of all that are neither in it, nor removed, unreadable or missing, whether
    /// labeled or not. It is one edit.
    ///
    /// - Returns: The photos, at most `count`, in random order.
    @discardableResult
    package func drawTestSet(_ count: Int, seed: UInt64) throws(ProjectError) -> [Int] {
        try withState { state throws(ProjectError) in
            let candidates = try state.database.rows(
                "SELECT id FROM photos WHERE removed = 0 AND state < 2 AND split IS NOT 2 ORDER BY id", []
            ) { $0[0] }
            var random = CountedRandom(seed: seed, epoch: 0, index: 0)
            let drawn = random.permutation(of: candidates.count).prefix(max(count, 0)).map { candidates[$0] }
            if !drawn.isEmpty { _ = try state.apply(.split(drawn, .test)) }
            return drawn
        }
    }

    private func summary(at offset: Int) -> EditSummary? {
        let found = try? withState { state throws(ProjectError) in try state.edit(at: state.position + offset) }
        return found.flatMap(\.self)
    }

    private func replay(backward: Bool) throws(ProjectError) -> EditSummary? {
        try withState { state throws(ProjectError) in
            let position = backward ? state.position : state.position + 1
            guard let summary = try state.edit(at: position) else { return nil }
            try state.change(.all) { () throws(ProjectError) in
                try state.replay(position, backward: backward)
            }
            return summary
        }
    }
}

extension ProjectState {
    func apply(_ edit: Edit) throws(ProjectError) -> (summary: EditSummary, created: Int?) {
        try change(edit.aspects) { () throws(ProjectError) in
            let (summary, created) = try perform(edit)
            try record(summary)
            return (summary, created)
        }
    }

    private func perform(_ edit: Edit) throws(ProjectError) -> (summary: EditSummary, created: Int?) {
        func summary(_ kind: String, _ count: Int, _ name: String?) -> (EditSummary, Int?) {
            (EditSummary(kind: kind, count: count, name: name), nil)
        }
        switch edit {
        case .label(let photos, let id):
            guard let id else { return summary("unlabel", try write(.label, of: photos, .null), nil) }
            let name = try name(of: id)
            return summary("label", try write(.label, of: photos, .integer(id)), name)
        case .relabel(let labels):
            var names: [String] = []
            for id in Set(labels.values) { names.append(try name(of: id)) }
            var count = 0
            for (photo, id) in labels.sorted(by: { $0.key < $1.key }) {
                if try write(.label, of: photo, .integer(id)) { count += 1 }
            }
            return summary("relabel", count, names.count == 1 ? names[0] : nil)
        case .addClass(let name):
            let id = try addClass(name)
            return (EditSummary(kind: "addClass", count: 1, name: name), id)
        case .renameClass(let id, let name):
            _ = try self.name(of: id)
            try check(name, besides: id)
            return summary("renameClass", try write(.name, of: id, .text(name)) ? 1 : 0, name)
        case .mergeClasses(let ids, let goal):
            let name = try name(of: goal)
            let sources = Set(ids).subtracting([goal]).sorted()
            for id in sources {
                _ = try self.name(of: id)
                _ = try write(.label, of: photos(in: id), .integer(goal))
                try write(.name, of: id, .null)
            }
            return summary("mergeClasses", sources.count, name)
        case .deleteClass(let id):
            let name = try name(of: id)
            try write(.name, of: id, .null)
            return summary("deleteClass", 1, name)
        case .remove(let photos): return summary("remove", try write(.removed, of: photos, 1), nil)
        case .restore(let photos): return summary("restore", try write(.removed, of: photos, 0), nil)
        case .split(let photos, let split):
            return summary("split", try write(.split, of: photos, SQLValue(split?.number)), split?.rawValue)
        case .dismiss(let photos, let kind):
            return summary("dismiss", try write(.dismissed(kind), of: photos, 1), kind.rawValue)
        }
    }

    /// Makes a class as a part of the edit under way.
    func addClass(_ name: String) throws(ProjectError) -> Int {
        try check(name, besides: nil)
        // The counter of AUTOINCREMENT also knows the classes that were deleted, which undo may bring back.
        let last = try database.first("SELECT seq FROM sqlite_sequence WHERE name = 'classes'") { $0[0] } ?? 0
        try write(.name, of: last + 1, .text(name))
        return last + 1
    }

    private func name(of id: Int) throws(ProjectError) -> String {
        guard let found = classes.first(where: { $0.id == id }) else { throw .unknownClass(id) }
        return found.name
    }

    private func photos(in id: Int) throws(ProjectError) -> [Int] {
        try database.rows("SELECT id FROM photos WHERE class = ? ORDER BY id", [.integer(id)]) { $0[0] }
    }

    /// The number of photos that changed.
    private func write(_ field: Change.Field, of photos: [Int], _ value: SQLValue) throws(ProjectError) -> Int {
        var count = 0
        for photo in photos where try write(field, of: photo, value) { count += 1 }
        return count
    }

    private func check(_ name: String, besides id: Int?) throws(ProjectError) {
        if let problem = ClassName.problem(name) { throw ProjectError(.invalidEdit, problem) }
        // Swift's strings are equal whether accents are part of letters or follow them.
        if let other = classes.first(where: { $0.id != id && $0.name == name }) {
            throw ProjectError(
                .invalidEdit, "there is a class \(other.name) already: choose another name, or merge them")
        }
    }
}

extension Edit {
    /// What the edit may change.
    fileprivate var aspects: Aspects {
        switch self {
        case .label, .relabel, .addClass, .renameClass, .mergeClasses, .deleteClass: .labels
        case .remove, .restore: .removal
        case .split: .splits
        case .dismiss: .findings
        }
    }
}

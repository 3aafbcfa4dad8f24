/// What an edit changes in one place: a field of a photo, the name of a class, or a dismissal.
struct Change {
    /// The places, with their names in the journal.
    enum Field: Hashable {
        /// The class of a photo.
        case label
        /// The split of a photo.
        case split
        /// Whether a photo is removed: 0 or 1.
        case removed
        /// The name of a class; NULL for no class.
        case name
        /// Whether findings of a photo of this kind are hidden: NULL or 1.
        case dismissed(FindingKind)

        var text: String {
            switch self {
            case .label: "class"
            case .split: "split"
            case .removed: "removed"
            case .name: "name"
            case .dismissed(let kind): "dismissed." + kind.rawValue
            }
        }

        init?(_ text: String) {
            switch text {
            case "class": self = .label
            case "split": self = .split
            case "removed": self = .removed
            case "name": self = .name
            default:
                guard let kind = FindingKind(rawValue: String(text.dropFirst("dismissed.".count))) else { return nil }
                self = .dismissed(kind)
            }
        }
    }

    let field: Field
    let row: Int
    let before: SQLValue
    let after: SQLValue
}

extension ProjectState {
    /// Writes a value and notes the change for the journal.
    ///
    /// - Returns: Whether the value was another one.
    @discardableResult
    func write(_ field: Change.Field, of row: Int, _ value: SQLValue) throws(ProjectError) -> Bool {
        let before =
            switch field {
            case .label, .split, .removed: try writePhoto(field, of: row, value)
            case .name: try writeClass(row, value.text)
            case .dismissed(let kind): try writeDismissal(of: row, kind, value)
            }
        guard before != value else { return false }
        pending.append(Change(field: field, row: row, before: before, after: value))
        return true
    }

    /// Each writes the value and returns the one before.
    private func writePhoto(_ field: Change.Field, of id: Int, _ value: SQLValue) throws(ProjectError) -> SQLValue {
        let old = try cell(of: id)
        var new = old
        let before: SQLValue
        switch field {
        case .label:
            before = SQLValue(old.label)
            new.label = value.integer
        case .split:
            before = SQLValue(old.split?.number)
            new.split = Split(number: value.integer)
        default:
            before = .integer(old.isRemoved ? 1 : 0)
            new.isRemoved = value == 1
        }
        guard before != value else { return before }
        try database.run("UPDATE photos SET \(field.text) = ? WHERE id = ?", value, .integer(id))
        tally.move(old, to: new)
        return before
    }

    private func writeClass(_ id: Int, _ name: String?) throws(ProjectError) -> SQLValue {
        let place = classes.firstIndex { $0.id >= id } ?? classes.count
        let exists = place < classes.count && classes[place].id == id
        let before = SQLValue(exists ? classes[place].name : nil)
        switch (exists, name) {
        case (true, let name?):
            try database.run("UPDATE classes SET name = ? WHERE id = ?", .text(name), .integer(id))
            classes[place].name = name
        case (false, let name?):
            try database.run("INSERT INTO classes(id, name) VALUES(?, ?)", .integer(id), .text(name))
            classes.insert((id, name), at: place)
        case (true, nil):
            // Photos that got the class when they were added are not in the journal yet.
            for photo in try database.rows(
                "SELECT id FROM photos WHERE class = ?", [.integer(id)], { $0[0] })
            {
                try write(.label, of: photo, .null)
            }
            try database.run("DELETE FROM classes WHERE id = ?", .integer(id))
            classes.remove(at: place)
        case (false, nil): break
        }
        return before
    }

    private func writeDismissal(
        of photo: Int, _ kind: FindingKind, _ value: SQLValue
    ) throws(ProjectError) -> SQLValue {
        _ = try cell(of: photo)
        let key: [SQLValue] = [.integer(photo), .text(kind.rawValue)]
        let isDismissed = try !database.rows("SELECT 1 FROM dismissals WHERE photo = ? AND kind = ?", key) { _ in }
            .isEmpty
        let before: SQLValue = isDismissed ? 1 : .null
        guard before != value else { return before }
        if isDismissed {
            try database.run("DELETE FROM dismissals WHERE photo = ? AND kind = ?", key[0], key[1])
        } else {
            try database.run("INSERT INTO dismissals(photo, kind) VALUES(?, ?)", key[0], key[1])
        }
        return before
    }

    /// Ends the edit under way: its changes become an entry of the journal, and the undone edits are dropped. An edit
    /// that changed nothing leaves the journal alone.
    func record(_ summary: EditSummary) throws(ProjectError) {
        guard !pending.isEmpty else { return }
        try database.run("DELETE FROM edits WHERE position > ?", .integer(position))
        try database.run(
            "INSERT INTO edits(position, kind, count, name) VALUES(?, ?, ?, ?)", .integer(position + 1),
            .text(summary.kind), .integer(summary.count), SQLValue(summary.name))
        try journal(pending, of: position + 1)
        try move(to: position + 1)
    }

    /// The edit at a position of the journal; nil if there is none.
    func edit(at position: Int) throws(ProjectError) -> EditSummary? {
        try database.first("SELECT kind, count, name FROM edits WHERE position = ?", .integer(position)) {
            EditSummary(kind: $0.text(0) ?? "", count: $0[1], name: $0.text(2))
        }
    }

    /// Takes the edit at a position back, or applies it again.
    func replay(_ edit: Int, backward: Bool) throws(ProjectError) {
        // Photos leave a class before the class goes.
        let changes = try database.rows(
            "SELECT field, row, before, after FROM changes WHERE edit = ? ORDER BY field = 'name', field, row",
            [.integer(edit)]
        ) { ($0.text(0) ?? "", $0[1], $0.value(2), $0.value(3)) }
        var known: Set<[SQLValue]> = []
        for (text, row, before, after) in changes {
            guard let field = Change.Field(text) else {
                throw ProjectError(
                    .unsupportedData, "a newer version of this program made the last edit: use that version")
            }
            known.insert([.text(text), .integer(row)])
            try write(field, of: row, backward ? before : after)
        }
        // Photos that lost their label together with a class become part of the edit.
        let others = pending.filter { !known.contains([.text($0.field.text), .integer($0.row)]) }
        try journal(
            others.map {
                backward ? Change(field: $0.field, row: $0.row, before: $0.after, after: $0.before) : $0
            }, of: edit)
        try move(to: backward ? edit - 1 : edit)
    }

    private func journal(_ changes: [Change], of edit: Int) throws(ProjectError) {
        for change in changes {
            try database.run(
                "INSERT INTO changes(edit, field, row, before, after) VALUES(?, ?, ?, ?, ?)", .integer(edit),
                .text(change.field.text), .integer(change.row), change.before, change.after)
        }
    }

    private func move(to position: Int) throws(ProjectError) {
        (self.position, revision) = (position, revision + 1)
        try database.run("UPDATE meta SET value = ? WHERE key = 'position'", .integer(position))
        try database.run("UPDATE meta SET value = ? WHERE key = 'revision'", .integer(revision))
    }
}

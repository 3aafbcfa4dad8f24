internal import Platform

extension Project {
    /// Looks for new, changed and missing photos in the folder.
    ///
    /// New photos get the labels and splits that the data have: from class folders, folders like `train` and `test`,
    /// names like `cat.1.jpg`, or a table `labels.csv`. Photos that are known keep theirs. All images count, also those
    /// without labels. Files outside of the folder, to which a link or a table leads, are left out.
    ///
    /// - Parameter progress: Called with the number of files that were looked at; throws to stop the scan.
    /// - Throws: `ProjectError` if the project can't be written, and errors of `progress`.
    package func scan(progress: (Int) throws -> Void = { _ in }) throws -> ScanResult {
        // A photo that is added while the folder is listed is not missing.
        let last = try withState { state throws(ProjectError) in
            let last = try state.database.first("SELECT max(id) FROM photos") { $0[0] as Int }
            return last ?? 0
        }
        var scan = FolderScan(folder)
        let files = try scan.files(of: self, progress: progress)
        let (facts, classes) = (scan.facts, scan.classes)
        var result = try withState { state throws(ProjectError) in
            try state.change(.all) { () throws(ProjectError) in try state.update(files, facts, classes, last: last) }
        }
        result.notes = scan.notes + (scan.outsideNote.map { [$0] } ?? [])
        return result
    }
}

extension ProjectState {
    /// Adds a photo, as a part of the change under way.
    func insert(_ file: FoundPhoto, label: Int?, split: Split?) throws(ProjectError) -> Int {
        try database.run(
            "INSERT INTO photos(path, search, class, split, size, modified) VALUES(?, ?, ?, ?, ?, ?)",
            .bytes(file.path), .text(String(fileName: file.path).lowercased()), SQLValue(label),
            SQLValue(split?.number), .integer(file.size), .integer(Int(file.modified)))
        tally.move(nil, to: PhotoCell(label: label, split: split, state: .new, isRemoved: false))
        return database.lastID
    }

    /// What is known about the file of a photo.
    private struct Known {
        let id: Int
        let size: Int
        let modified: Int
        let cell: PhotoCell
    }

    fileprivate func update(
        _ files: [FoundPhoto], _ facts: [[UInt8]: FolderScan.Facts], _ names: [String], last: Int
    ) throws(ProjectError) -> ScanResult {
        var result = ScanResult()
        var known = Dictionary(
            try database.rows("SELECT class, split, state, removed, path, id, size, modified FROM photos") { row in
                (row.bytes(4), Known(id: row[5], size: row[6], modified: row[7], cell: PhotoCell(row)))
            }
        ) { first, _ in first }
        // Later, classes that the user deleted do not come back without new photos.
        let needed = Set(files.lazy.filter { known[$0.path] == nil }.compactMap { facts[$0.path]?.label })
        let ids = try makeClasses(known.isEmpty ? names : names.filter(needed.contains), isFirst: known.isEmpty)
        for file in files {
            guard let old = known.removeValue(forKey: file.path) else {
                let fact = facts[file.path]
                _ = try insert(file, label: fact?.label.flatMap { ids[$0] }, split: fact?.split)
                result.added += 1
                continue
            }
            let isSame = old.size == file.size && old.modified == Int(file.modified)
            guard !isSame || old.cell.state == .missing else { continue }
            try renew(old, file)
            result.changed += 1
        }
        for old in known.values where old.id <= last && old.cell.state != .missing {
            try set(.missing, of: old)
            result.missing += 1
        }
        return result
    }

    /// The numbers of the classes by name. Classes that do not exist are made.
    ///
    /// - Parameters:
    ///   - isFirst: Whether there are no photos yet: then the classes belong to the data, and undo does not remove them.
    ///     Later they are an edit, so that undo can give no other class their names.
    private func makeClasses(_ names: [String], isFirst: Bool) throws(ProjectError) -> [String: Int] {
        var ids = Dictionary(classes.map { ($0.name, $0.id) }) { first, _ in first }
        var added: [String] = []
        for name in names where ids[name] == nil {
            ids[name] = try addClass(name)
            added.append(name)
        }
        let hasEdits = try edit(at: 1) != nil
        if !isFirst || hasEdits {
            try record(
                EditSummary(kind: "addClass", count: added.count, name: added.count == 1 ? added[0] : nil))
        }
        pending = []
        return ids
    }

    /// Forgets what decoding found out about a file that changed or is back.
    private func renew(_ old: Known, _ file: FoundPhoto) throws(ProjectError) {
        try database.run(
            """
            UPDATE photos SET state = 0, problem = NULL, width = NULL, height = NULL, digest = NULL, size = ?,
            modified = ? WHERE id = ?
            """, .integer(file.size), .integer(Int(file.modified)), .integer(old.id))
        try database.run("DELETE FROM findings WHERE photo = ?", .integer(old.id))
        var new = old.cell
        new.state = .new
        tally.move(old.cell, to: new)
    }

    private func set(_ state: Photo.State, of old: Known) throws(ProjectError) {
        try database.run(
            "UPDATE photos SET state = ? WHERE id = ?", .integer(state.number), .integer(old.id))
        var new = old.cell
        new.state = state
        tally.move(old.cell, to: new)
    }
}

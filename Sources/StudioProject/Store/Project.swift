internal import LibC
internal import Platform

/// A project of the studio: what it knows about the photos of a folder, on disk in the folder's `.apus`.
///
/// Any thread may use it; each call takes some milliseconds, except for `scan` and changes of very many photos. Photos
/// are never moved or changed. One process at a time has a project open for changes. An edit is on the disk when `apply`
/// returns, and can be undone in a later session. What another process changed while the project is open read-only is
/// seen by the next call.
package final class Project: Sendable {
    /// The folder, as an absolute path without links.
    package let folder: String
    /// Whether the project can't be changed.
    package let isReadOnly: Bool
    private let lock: ProjectLock?
    private let monitor: Monitor<ProjectState>

    /// Opens the project of a folder, and makes it if there is none.
    ///
    /// - Parameters:
    ///   - isReadOnly: Whether the project is only looked at, possibly while another process has it open.
    ///   - isDurable: Whether edits survive a power failure. Without it they are much faster; tests need no more.
    /// - Throws: `ProjectError` if there is no such folder, if it can't be written, if another process has the project
    ///   open, or if its database is damaged.
    package init(at folder: String, isReadOnly: Bool = false, isDurable: Bool = true) throws(ProjectError) {
        guard isFolder(folder), let resolved = folder.withFileName({ realpath($0, nil) }) else {
            throw ProjectError(.notAFolder, "\(folder): there is no such folder: check the path")
        }
        self.folder = String(fileName: resolved)
        free(resolved)
        self.isReadOnly = isReadOnly
        let place = self.folder + "/.apus"
        var status = stat()
        if place.withFileName({ lstat($0, &status) }) == 0 {
            // A link could make this program write elsewhere.
            guard status.st_mode & S_IFMT == S_IFDIR else {
                throw ProjectError(.notAFolder, "\(place) is not a folder: move it away")
            }
        } else if !isReadOnly {
            do throws(FileError) { try makeFolder(place) } catch { throw ProjectError(error) }
        }
        for name in ["runs", "photos", "exports", "explanations"] where FilePath("\(place)/\(name)").isLink {
            throw ProjectError(.notAFolder, "\(place)/\(name) is a link: put a folder in its place")
        }
        lock = isReadOnly ? nil : try ProjectLock(place + "/lock", of: self.folder)
        monitor = Monitor(
            try ProjectState(path: place + "/project.sqlite", isReadOnly: isReadOnly, isDurable: isDurable))
        if !isReadOnly { removeUnfinishedUploads() }
    }

    /// The path of a file or folder of the project itself: `FOLDER/.apus/NAME`.
    package func path(inside name: String) -> String { "\(folder)/.apus/\(name)" }

    /// The number of edits, undos and redos.
    package var revision: Int { (try? withState { $0.revision }) ?? 0 }

    /// The classes, in order.
    package var classes: [ProjectClass] {
        let found = try? withState { state in (state.classes, state.tally.byClass) }
        guard let (classes, numbers) = found else { return [] }
        return classes.enumerated().map { position, each in
            let (photos, test) = numbers[each.id] ?? (0, 0)
            return ProjectClass(id: each.id, name: each.name, position: position, photos: photos, test: test)
        }
    }

    /// The numbers of photos.
    package var counts: Counts { (try? withState { $0.tally.counts }) ?? Counts() }

    /// A value that `set(setting:to:)` stored; nil if there is none.
    package func setting(_ key: String) -> String? {
        let found = try? withState { state throws(ProjectError) in
            try state.database.first("SELECT value FROM settings WHERE key = ?", .text(key)) { $0.text(0) }
        }
        return found.flatMap(\.self)?.flatMap(\.self)
    }

    /// Stores a value under a name; nil removes it. It is not part of undo.
    package func set(setting key: String, to value: String?) throws(ProjectError) {
        try withState { state throws(ProjectError) in
            try state.change([], isEdit: false) { () throws(ProjectError) in
                if let value {
                    try state.database.run(
                        "INSERT OR REPLACE INTO settings(key, value) VALUES(?, ?)", .text(key), .text(value))
                } else {
                    try state.database.run("DELETE FROM settings WHERE key = ?", .text(key))
                }
            }
        }
    }

    /// Uses the database, while no other thread does.
    func withState<Result>(_ body: (ProjectState) throws(ProjectError) -> Result) throws(ProjectError) -> Result {
        try monitor.withLock { state throws(ProjectError) in
            try state.refresh()
            return try body(state)
        }
    }
}

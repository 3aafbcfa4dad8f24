internal import Platform

/// What a change affects, so that lists of photos are made again only if they must.
struct Aspects: OptionSet, Hashable {
    let rawValue: Int

    /// The classes of photos.
    static let labels = Aspects(rawValue: 1)
    /// The splits of photos.
    static let splits = Aspects(rawValue: 2)
    /// Whether photos are removed.
    static let removal = Aspects(rawValue: 4)
    /// Which photos there are, and whether their files exist.
    static let files = Aspects(rawValue: 8)
    /// Whether photos can be decoded.
    static let states = Aspects(rawValue: 16)
    /// Findings and dismissals.
    static let findings = Aspects(rawValue: 32)
    static let all = Aspects(rawValue: 63)
}

/// The database of a project, and what is kept in memory of it. One thread at a time has it.
final class ProjectState {
    let database: Database
    /// Whether edits survive a power failure. Tests of many edits need not.
    private let isDurable: Bool
    private let isReadOnly: Bool
    private var synchronous = ""
    /// The version of the data, which other processes may have changed; see `refresh`.
    private var dataVersion = 0

    /// The number of edits that are applied: those up to this position of the journal.
    var position = 0
    /// The number of edits, undos and redos.
    var revision = 0
    /// The classes in order, which is that of their numbers.
    var classes: [(id: Int, name: String)] = []
    var tally = PhotoTally()
    /// The changes of the edit under way.
    var pending: [Change] = []
    /// The photos that passed the latest filters, the latest last.
    var lists: [(filter: PhotoFilter, ids: [Int])] = []
    /// The numbers of findings that are known.
    var findingCounts: [FindingKind: Int] = [:]

    /// Opens the database at a path, and makes its tables if it is new.
    init(path: String, isReadOnly: Bool, isDurable: Bool) throws(ProjectError) {
        self.isReadOnly = isReadOnly
        self.isDurable = isDurable
        database = try Self.open(path, isReadOnly: isReadOnly)
        if !isReadOnly {
            _ = try database.first("PRAGMA journal_mode = WAL") { _ in }
            try database.run("PRAGMA foreign_keys = ON")
        }
        _ = try database.first("PRAGMA cache_size = -32000") { _ in }
        let version = try database.first("PRAGMA user_version") { $0[0] } ?? 0
        guard version <= Schema.version else {
            throw ProjectError(
                .unsupportedData,
                "\(path): a newer version of this program made the project: use that version")
        }
        if version == 0 {
            guard !isReadOnly else { throw Self.noProject(path) }
            try database.transaction { () throws(ProjectError) in
                for statement in Schema.statements { try database.run(statement) }
            }
        }
        try load()
    }

    private static func open(_ path: String, isReadOnly: Bool) throws(ProjectError) -> Database {
        guard isReadOnly else { return try Database(path: path) }
        guard fileExists(path) else { throw noProject(path) }
        do throws(ProjectError) {
            let database = try Database(path: path, isReadOnly: true)
            _ = try database.first("PRAGMA user_version") { $0[0] }
            return database
        } catch {
            // In a folder without permission to write, SQLite can't make the file through which processes share it.
            guard error.code == .unwritable else { throw error }
            return try Database(path: path, isReadOnly: true, isImmutable: true)
        }
    }

    private static func noProject(_ path: String) -> ProjectError {
        ProjectError(.readOnly, "\(path): there is no project yet: open the folder once with permission to write")
    }

    private func load() throws(ProjectError) {
        let meta = try database.rows("SELECT key, value FROM meta") { ($0.text(0) ?? "", $0[1]) }
        for (key, value) in meta {
            if key == "position" { position = value }
            if key == "revision" { revision = value }
        }
        classes = try database.rows("SELECT id, name FROM classes ORDER BY id") { ($0[0], $0.text(1) ?? "") }
        let cells = try database.rows(
            "SELECT class, split, state, removed, count(*) FROM photos GROUP BY 1, 2, 3, 4"
        ) { (PhotoCell($0), $0[4]) }
        tally = PhotoTally(Dictionary(cells, uniquingKeysWith: +))
    }

    /// Reads again what another process may have changed while this one only looks.
    func refresh() throws(ProjectError) {
        guard isReadOnly else { return }
        let version = try database.first("PRAGMA data_version") { $0[0] } ?? 0
        guard version != dataVersion else { return }
        dataVersion = version
        try load()
        forget(.all)
    }

    /// Changes the database: everything or nothing, in memory too.
    ///
    /// - Parameter isEdit: Whether the user made the change, so that it is on the disk when this returns. Facts that can
    ///   be found out again are not worth waiting for the disk.
    func change<Result>(
        _ aspects: Aspects, isEdit: Bool = true, _ body: () throws(ProjectError) -> Result
    ) throws(ProjectError) -> Result {
        guard !isReadOnly else {
            throw ProjectError(
                .readOnly, "the project is open read-only: open it with permission to write to change it")
        }
        let needed = isDurable ? (isEdit ? "FULL" : "NORMAL") : "OFF"
        if needed != synchronous {
            try database.run("PRAGMA synchronous = \(needed)")
            synchronous = needed
        }
        let (position, revision, classes, tally) = (position, revision, classes, tally)
        pending = []
        do throws(ProjectError) {
            let result = try database.transaction(body)
            pending = []
            forget(aspects)
            return result
        } catch {
            (self.position, self.revision, self.classes, self.tally) = (position, revision, classes, tally)
            pending = []
            throw error
        }
    }

    private func forget(_ aspects: Aspects) {
        lists.removeAll { !$0.filter.aspects.isDisjoint(with: aspects) }
        findingCounts = findingCounts.filter { VisibleFindings.aspects($0.key).isDisjoint(with: aspects) }
    }

    /// The properties of a photo that count.
    func cell(of id: Int) throws(ProjectError) -> PhotoCell {
        let found = try database.first(
            "SELECT class, split, state, removed FROM photos WHERE id = ?", .integer(id), read: { PhotoCell($0) })
        guard let found else { throw .unknownPhoto(id) }
        return found
    }
}

extension PhotoCell {
    /// Reads the columns `class, split, state, removed`.
    init(_ row: SQLRow) {
        self.init(
            label: row.integer(0), split: Split(number: row.integer(1)), state: Photo.State(number: row[2]),
            isRemoved: row[3] != 0)
    }
}

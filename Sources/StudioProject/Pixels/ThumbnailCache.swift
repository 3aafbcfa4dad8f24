internal import Platform

/// What decoding found out about a photo.
struct CachedFacts: Sendable, Hashable {
    var width: Int, height: Int
    var digest: String
    var measures: PhotoMeasures
}

/// Thumbnails and facts of photos in a file of their own, or in memory.
///
/// It is only a cache: if its file is damaged, of another version or of another project, it begins anew, and if its disk
/// is full, it keeps nothing more. So nothing here throws. Thumbnails are bounded; the facts, some 100 bytes a photo, are
/// kept.
final class ThumbnailCache: Sendable {
    private static let version = 1
    /// The number of thumbnails whose use is written, or that are dropped, at a time: some milliseconds of work.
    private static let batch = 256

    private struct State {
        /// nil if not even a database in memory can be made.
        var database: Database?
        /// The size of all thumbnails.
        var bytes = 0
        /// Grows with each use that is written.
        var clock = 0
        /// Used since uses were last written.
        var used: Set<Int> = []
    }

    private let path: String?
    private let identity: String
    private let limit: Int
    private let state: Monitor<State>

    /// Opens the cache.
    ///
    /// - Parameters:
    ///   - path: The file; nil for a cache in memory.
    ///   - identity: What the project has and no other one.
    ///   - limit: The size of all thumbnails in bytes.
    init(path: String?, identity: String, limit: Int) {
        (self.path, self.identity, self.limit) = (path, identity, limit)
        state = Monitor(Self.open(path, identity))
    }

    private static func open(_ path: String?, _ identity: String) -> State {
        for place in [path, path, ":memory:"] {
            guard let place else { continue }
            do throws(ProjectError) {
                return try contents(of: Database(path: place), identity)
            } catch {
                if error.code == .damaged, place == path { remove(place) }
            }
        }
        return State()
    }

    private static func remove(_ path: String) {
        for end in ["", "-wal", "-shm"] { try? removeFile(path + end) }
    }

    private static func contents(of database: Database, _ identity: String) throws(ProjectError) -> State {
        // Without waiting for the disk: a power failure costs some thumbnails.
        try database.run("PRAGMA journal_mode = WAL")
        try database.run("PRAGMA synchronous = NORMAL")
        let found = try database.first("PRAGMA user_version") { $0[0] }
        if found == 0 {
            try database.transaction { () throws(ProjectError) in
                try database.run("CREATE TABLE project(identity TEXT NOT NULL)")
                try database.run("INSERT INTO project VALUES(?)", .text(identity))
                try database.run(
                    """
                    CREATE TABLE thumbnails(
                        photo INTEGER PRIMARY KEY, version TEXT NOT NULL, used INTEGER NOT NULL, bytes INTEGER NOT NULL,
                        jpeg BLOB NOT NULL)
                    """)
                try database.run("CREATE INDEX thumbnailsByUse ON thumbnails(used, bytes)")
                try database.run(
                    """
                    CREATE TABLE facts(
                        photo INTEGER PRIMARY KEY, version TEXT NOT NULL, width INTEGER NOT NULL,
                        height INTEGER NOT NULL, digest TEXT NOT NULL, brightness REAL NOT NULL,
                        contrast REAL NOT NULL, sharpness REAL NOT NULL)
                    """)
                try database.run("CREATE INDEX factsByDigest ON facts(digest)")
                try database.run("PRAGMA user_version = \(version)")
            }
        } else {
            let owner = try found == version ? database.first("SELECT identity FROM project") { $0.text(0) } : nil
            guard owner == .some(identity) else { throw ProjectError(.damaged, "the cache is of another project") }
        }
        let sums = try database.first("SELECT sum(bytes), max(used) FROM thumbnails") { ($0[0], $0[1]) }
        return State(database: database, bytes: sums?.0 ?? 0, clock: sums?.1 ?? 0)
    }

    /// Runs statements; nil if that is not possible.
    private func perform<Result>(
        _ body: (inout State, Database) throws(ProjectError) -> Result
    ) -> Result? {
        state.withLock { state in
            guard let database = state.database else { return nil }
            do throws(ProjectError) {
                return try body(&state, database)
            } catch {
                if error.code == .damaged {
                    // The connection is closed before its files are removed.
                    state = State()
                    if let path { Self.remove(path) }
                    state = Self.open(path, identity)
                }
                return nil
            }
        }
    }
}

extension ThumbnailCache {
    /// The thumbnail of this version of a photo; nil if it is not there.
    func jpeg(of photo: Photo) -> [UInt8]? {
        perform { state, database throws(ProjectError) in
            let jpeg = try database.first(
                "SELECT jpeg FROM thumbnails WHERE photo = ? AND version = ?", .integer(photo.id), .text(photo.version)
            ) { $0.bytes(0) }
            if jpeg != nil {
                state.used.insert(photo.id)
                if state.used.count >= Self.batch {
                    try database.transaction { () throws(ProjectError) in try Self.writeUses(&state, database) }
                }
            }
            return jpeg
        } ?? nil
    }

    /// Keeps the thumbnail and facts of a photo.
    func insert(_ jpeg: [UInt8], _ facts: CachedFacts, of photo: Photo) {
        _ = perform { state, database throws(ProjectError) in
            // What is counted must be what is written.
            var new = state
            try database.transaction { () throws(ProjectError) in
                let old = try database.first("SELECT bytes FROM thumbnails WHERE photo = ?", .integer(photo.id)) {
                    $0[0]
                }
                new.clock += 1
                new.bytes += jpeg.count - (old ?? 0)
                try database.run(
                    "INSERT OR REPLACE INTO thumbnails VALUES(?, ?, ?, ?, ?)", .integer(photo.id),
                    .text(photo.version), .integer(new.clock), .integer(jpeg.count), .bytes(jpeg))
                try database.run(
                    "INSERT OR REPLACE INTO facts VALUES(?, ?, ?, ?, ?, ?, ?, ?)", .integer(photo.id),
                    .text(photo.version), .integer(facts.width), .integer(facts.height), .text(facts.digest),
                    .real(facts.measures.brightness), .real(facts.measures.contrast), .real(facts.measures.sharpness))
                if new.bytes > limit {
                    try Self.writeUses(&new, database)
                    try Self.dropOldest(&new, database, until: limit - limit / 16)
                }
            }
            state = new
        }
    }

    private static func writeUses(_ state: inout State, _ database: Database) throws(ProjectError) {
        state.clock += 1
        for photo in state.used {
            try database.run("UPDATE thumbnails SET used = ? WHERE photo = ?", .integer(state.clock), .integer(photo))
        }
        state.used = []
    }

    /// Drops thumbnails that were not used for the longest time; the rest, if there is one, next time.
    private static func dropOldest(
        _ state: inout State, _ database: Database, until bytes: Int
    ) throws(ProjectError) {
        let oldest = try database.rows(
            "SELECT photo, bytes FROM thumbnails ORDER BY used LIMIT ?", [.integer(batch)]
        ) { ($0[0], $0[1]) }
        for (photo, size) in oldest {
            guard state.bytes > bytes else { return }
            try database.run("DELETE FROM thumbnails WHERE photo = ?", .integer(photo))
            state.bytes -= size
        }
    }

    /// The facts of this version of a photo; nil if they are not there.
    func facts(of photo: Photo) -> CachedFacts? {
        perform { _, database throws(ProjectError) in
            try database.first(
                """
                SELECT width, height, brightness, contrast, sharpness, digest FROM facts WHERE photo = ? AND version = ?
                """, .integer(photo.id), .text(photo.version)
            ) { row in
                CachedFacts(width: row[0], height: row[1], digest: row.text(5) ?? "", measures: PhotoMeasures(row))
            }
        } ?? nil
    }

    /// The versions of the photos with facts.
    func versions() -> [Int: String] {
        let rows = perform { _, database throws(ProjectError) in
            try database.rows("SELECT photo, version FROM facts") { ($0[0], $0.text(1) ?? "") }
        }
        return Dictionary(uniqueKeysWithValues: rows ?? [])
    }

    /// All photos with facts.
    func measuredPhotos() -> [MeasuredPhoto] {
        perform { _, database throws(ProjectError) in
            try database.rows("SELECT width, height, brightness, contrast, sharpness, photo FROM facts") { row in
                MeasuredPhoto(id: row[5], width: row[0], height: row[1], measures: PhotoMeasures(row))
            }
        } ?? []
    }

    /// The photos whose files had this content when they were decoded.
    func photos(withDigest digest: String) -> [(id: Int, version: String)] {
        perform { _, database throws(ProjectError) in
            try database.rows("SELECT photo, version FROM facts WHERE digest = ? ORDER BY photo", [.text(digest)]) {
                (id: $0[0], version: $0.text(1) ?? "")
            }
        } ?? []
    }

    /// The size of all thumbnails in bytes.
    var byteCount: Int { state.withLock { $0.bytes } }
}

extension PhotoMeasures {
    /// The columns 2 to 4.
    fileprivate init(_ row: SQLRow) {
        self.init(brightness: row.real(2) ?? 0, contrast: row.real(3) ?? 0, sharpness: row.real(4) ?? 0)
    }
}

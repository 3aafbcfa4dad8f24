internal import CSQLite
internal import LibC
internal import Platform

/// A connection to an SQLite database, for one thread at a time. Statements are compiled once.
final class Database {
    private let path: String
    private let connection: OpaquePointer
    private var statements: [String: OpaquePointer] = [:]

    /// Opens a database, and creates it if it does not exist.
    ///
    /// - Parameters:
    ///   - isReadOnly: Whether it must exist and is never changed.
    ///   - isImmutable: Whether nobody changes it, so that it can be read in a folder without permission to write.
    /// - Throws: `ProjectError` if the file can't be opened. Its content is looked at by the first statement.
    init(path: String, isReadOnly: Bool = false, isImmutable: Bool = false) throws(ProjectError) {
        self.path = path
        let access =
            isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW
        let address = "file:" + Self.percentEncoded(path) + (isImmutable ? "?immutable=1" : "")
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(address, &opened, access | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nil)
        guard let opened, code == SQLITE_OK else {
            let reason = String(cString: opened.map { sqlite3_errmsg($0) } ?? sqlite3_errstr(code))
            sqlite3_close_v2(opened)
            throw Self.error(code, path, reason)
        }
        connection = opened
        sqlite3_busy_timeout(connection, 5000)
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(connection)
    }

    /// The row that was inserted last.
    var lastID: Int { Int(sqlite3_last_insert_rowid(connection)) }

    /// Runs a statement without rows.
    func run(_ sql: String, _ values: SQLValue...) throws(ProjectError) {
        try visit(sql, values) { _ in }
    }

    /// The rows of a query.
    func rows<Result>(
        _ sql: String, _ values: [SQLValue] = [], _ read: (SQLRow) -> Result
    ) throws(ProjectError) -> [Result] {
        var results: [Result] = []
        try visit(sql, values) { results.append(read($0)) }
        return results
    }

    /// The first row of a query; nil if there is none.
    func first<Result>(
        _ sql: String, _ values: SQLValue..., read: (SQLRow) -> Result
    ) throws(ProjectError) -> Result? {
        var result: Result?
        try visit(sql, values) { if result == nil { result = read($0) } }
        return result
    }

    /// Runs the body as one transaction, all or nothing.
    func transaction<Result>(_ body: () throws(ProjectError) -> Result) throws(ProjectError) -> Result {
        try run("BEGIN IMMEDIATE")
        do throws(ProjectError) {
            let result = try body()
            try run("COMMIT")
            return result
        } catch {
            // SQLite may have rolled it back already, for example on a full disk.
            if sqlite3_get_autocommit(connection) == 0 { try? run("ROLLBACK") }
            throw error
        }
    }

    private func visit(_ sql: String, _ values: [SQLValue], _ body: (SQLRow) -> Void) throws(ProjectError) {
        let statement = try statement(sql)
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (place, value) in zip(Int32(1)..., values) { try check(value.bind(to: statement, place)) }
        while true {
            let code = sqlite3_step(statement)
            if code == SQLITE_DONE { return }
            guard code == SQLITE_ROW else { throw failure(code) }
            body(SQLRow(statement: statement))
        }
    }

    private func statement(_ sql: String) throws(ProjectError) -> OpaquePointer {
        if let known = statements[sql] { return known }
        var compiled: OpaquePointer?
        try check(
            sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &compiled, nil))
        guard let compiled else { throw failure(SQLITE_MISUSE) }
        statements[sql] = compiled
        return compiled
    }

    private func check(_ code: Int32) throws(ProjectError) {
        guard code == SQLITE_OK else { throw failure(code) }
    }

    private func failure(_ code: Int32) -> ProjectError {
        Self.error(code, path, String(cString: sqlite3_errmsg(connection)))
    }

    private static func error(_ code: Int32, _ path: String, _ reason: String) -> ProjectError {
        let (kind, advice): (ProjectError.Code, String) =
            switch code & 0xff {
            case SQLITE_FULL: (.full, "free some space there")
            case SQLITE_CORRUPT, SQLITE_NOTADB:
                (.damaged, "restore it from a backup, or move it away to begin anew with the labels of the folders")
            case SQLITE_BUSY, SQLITE_LOCKED: (.inUse, "close the other program that uses it")
            case SQLITE_READONLY, SQLITE_PERM, SQLITE_CANTOPEN, SQLITE_IOERR, SQLITE_AUTH:
                (.unwritable, "check the disk, and the permissions of the file and of its folder")
            default: (.damaged, "restore it from a backup")
            }
        return ProjectError(kind, "\(path): the database failed (\(reason)); \(advice)")
    }

    private static func percentEncoded(_ path: String) -> String {
        let plain = Set("/-_.~".utf8)
        return path.fileNameBytes.map { byte in
            let isPlain =
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
                || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || plain.contains(byte)
            let digits = String(byte, radix: 16)
            return isPlain ? String(UnicodeScalar(byte)) : (byte < 16 ? "%0" : "%") + digits
        }.joined()
    }
}

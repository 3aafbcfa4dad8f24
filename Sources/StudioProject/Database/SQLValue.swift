internal import CSQLite

/// A value in a database.
enum SQLValue: Hashable, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral {
    case null
    case integer(Int)
    case real(Double)
    case text(String)
    case bytes([UInt8])

    init(integerLiteral value: Int) { self = .integer(value) }
    init(stringLiteral value: String) { self = .text(value) }
    init(nilLiteral: ()) { self = .null }
    init(_ value: Int?) { self = value.map { .integer($0) } ?? .null }
    init(_ value: Double?) { self = value.map { .real($0) } ?? .null }
    init(_ value: String?) { self = value.map { .text($0) } ?? .null }

    /// The integer; nil for other values.
    var integer: Int? { if case .integer(let value) = self { value } else { nil } }

    /// The text; nil for other values.
    var text: String? { if case .text(let value) = self { value } else { nil } }

    /// Binds the value to a parameter of a statement, and returns SQLite's result.
    func bind(to statement: OpaquePointer, _ place: Int32) -> Int32 {
        // SQLITE_TRANSIENT, a macro that Swift does not import: SQLite copies the bytes.
        let copies = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        switch self {
        case .null: return sqlite3_bind_null(statement, place)
        case .integer(let value): return sqlite3_bind_int64(statement, place, sqlite3_int64(value))
        case .real(let value): return sqlite3_bind_double(statement, place, value)
        case .text(var value):
            return value.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { characters in
                    // An empty text may have no address, which would be NULL.
                    characters.isEmpty
                        ? sqlite3_bind_text(statement, place, "", 0, copies)
                        : sqlite3_bind_text(
                            statement, place, characters.baseAddress, Int32(clamping: characters.count), copies)
                }
            }
        case .bytes(let value):
            return value.withUnsafeBytes { bytes in
                bytes.isEmpty
                    ? sqlite3_bind_zeroblob(statement, place, 0)
                    : sqlite3_bind_blob(statement, place, bytes.baseAddress, Int32(clamping: bytes.count), copies)
            }
        }
    }
}

/// The current row of a query, to be read before the next one.
struct SQLRow {
    fileprivate let statement: OpaquePointer

    init(statement: OpaquePointer) { self.statement = statement }

    /// The integer in a column; nil for NULL.
    func integer(_ column: Int32) -> Int? { isNull(column) ? nil : self[column] }

    /// The number in a column; nil for NULL.
    func real(_ column: Int32) -> Double? { isNull(column) ? nil : sqlite3_column_double(statement, column) }

    /// The text in a column; nil for NULL.
    func text(_ column: Int32) -> String? {
        isNull(column) ? nil : String(decoding: bytes(column), as: UTF8.self)
    }

    /// The integer in a column; 0 for NULL.
    subscript(column: Int32) -> Int { Int(sqlite3_column_int64(statement, column)) }

    /// The bytes in a column.
    func bytes(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(statement, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column))))
    }

    /// The value in a column.
    func value(_ column: Int32) -> SQLValue {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: .integer(self[column])
        case SQLITE_FLOAT: .real(sqlite3_column_double(statement, column))
        case SQLITE_TEXT: .text(text(column) ?? "")
        case SQLITE_BLOB: .bytes(bytes(column))
        default: .null
        }
    }

    private func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }
}

/// The tables of a project.
enum Schema {
    /// The version that this program writes.
    static let version = 1

    /// The statements that make the tables.
    ///
    /// The paths are bytes, because SQLite's texts are UTF-8 and file names need not be. `changes` holds what each edit
    /// changed: `field` is `class`, `split` or `removed` with a photo as `row`; `name` with a class; or `dismissed.KIND`
    /// with a photo. References are checked when a transaction ends, so that undo may restore rows in any order.
    static let statements = [
        """
        CREATE TABLE classes(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL)
        """,
        """
        CREATE TABLE photos(
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            path BLOB NOT NULL UNIQUE,
            search TEXT NOT NULL,
            class INTEGER REFERENCES classes(id) DEFERRABLE INITIALLY DEFERRED,
            split INTEGER,
            removed INTEGER NOT NULL DEFAULT 0,
            state INTEGER NOT NULL DEFAULT 0,
            problem TEXT, width INTEGER, height INTEGER, digest TEXT,
            size INTEGER NOT NULL, modified INTEGER NOT NULL)
        """,
        "CREATE INDEX photosByPath ON photos(removed, path, state, class, split)",
        "CREATE INDEX photosByClass ON photos(class, removed, path, state)",
        """
        CREATE TABLE edits(position INTEGER PRIMARY KEY, kind TEXT NOT NULL, count INTEGER NOT NULL, name TEXT)
        """,
        """
        CREATE TABLE changes(
            edit INTEGER NOT NULL REFERENCES edits(position) ON DELETE CASCADE,
            field TEXT NOT NULL, row INTEGER NOT NULL, before, after,
            PRIMARY KEY(edit, field, row)) WITHOUT ROWID
        """,
        """
        CREATE TABLE findings(
            photo INTEGER NOT NULL REFERENCES photos(id), kind TEXT NOT NULL, score REAL NOT NULL, likely INTEGER,
            probability REAL, others TEXT, note TEXT, class INTEGER, split INTEGER,
            PRIMARY KEY(photo, kind)) WITHOUT ROWID
        """,
        "CREATE INDEX findingsByKind ON findings(kind, score DESC)",
        """
        CREATE TABLE dismissals(
            photo INTEGER NOT NULL REFERENCES photos(id), kind TEXT NOT NULL, PRIMARY KEY(photo, kind)) WITHOUT ROWID
        """,
        "CREATE TABLE settings(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
        "INSERT INTO meta VALUES('position', 0), ('revision', 0)",
        "PRAGMA user_version = \(version)",
    ]
}

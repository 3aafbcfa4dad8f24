/// A line of the table that a run is trained on.
package struct TableRow: Sendable, Hashable {
    /// The photo.
    package let photo: Photo
    /// The name of its class.
    package let label: String
    /// Its split.
    package let split: Split
}

/// What looking for photos in the project's folder changed.
package struct ScanResult: Sendable, Hashable {
    /// The number of photos that are new.
    package var added = 0
    /// The number of photos whose files changed.
    package var changed = 0
    /// The number of photos whose files do not exist any more, since the last scan.
    package var missing = 0
    /// Warnings for the user, one sentence each.
    package var notes: [String] = []

    /// Creates a result.
    package init(added: Int = 0, changed: Int = 0, missing: Int = 0, notes: [String] = []) {
        (self.added, self.changed, self.missing, self.notes) = (added, changed, missing, notes)
    }
}

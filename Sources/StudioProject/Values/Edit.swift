/// A change by the user, which can be undone.
package enum Edit: Sendable, Hashable {
    /// Gives photos a class; nil takes it away.
    case label([Int], classID: Int?)
    /// Gives photos classes: `[photo: class]`.
    case relabel([Int: Int])
    /// Adds a class.
    case addClass(name: String)
    /// Renames a class.
    case renameClass(Int, name: String)
    /// Moves the photos of classes to another one, and deletes those classes.
    case mergeClasses([Int], into: Int)
    /// Deletes a class. Its photos lose their label.
    case deleteClass(Int)
    /// Leaves photos out of the project. Their files stay.
    case remove([Int])
    /// Takes removed photos into the project again.
    case restore([Int])
    /// Decides the split of photos; nil leaves it open.
    case split([Int], Split?)
    /// Hides findings, also those of later checks.
    case dismiss([Int], FindingKind)
}

/// What an edit did, for the names of undo and redo.
package struct EditSummary: Sendable, Hashable, Codable {
    /// The kind of edit: `label`, `unlabel`, `relabel`, `addClass`, `renameClass`, `mergeClasses`, `deleteClass`,
    /// `remove`, `restore`, `split` or `dismiss`.
    package let kind: String
    /// The number of photos that changed; of classes for the four kinds of edits of classes.
    package let count: Int
    /// The name of the class, split or kind of finding, if there is exactly one.
    package let name: String?

    /// Creates a summary.
    package init(kind: String, count: Int, name: String?) {
        (self.kind, self.count, self.name) = (kind, count, name)
    }

    private enum CodingKeys: String, CodingKey { case kind, count, name }

    /// Writes all properties, also a name that is nil.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(kind, forKey: .kind)
        try container.encode(count, forKey: .count)
        try container.encode(name, forKey: .name)
    }
}

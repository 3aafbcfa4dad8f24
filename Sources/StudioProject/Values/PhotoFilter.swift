/// Conditions for photos, all of which must hold.
package struct PhotoFilter: Sendable, Hashable {
    /// A condition for the split.
    package enum SplitFilter: Sendable, Hashable {
        /// Any split or none.
        case any
        /// No split.
        case none
        /// This split.
        case one(Split)
    }

    /// The order of photos.
    package enum Order: String, Sendable, Codable {
        /// By path.
        case path
        /// The latest first.
        case added
        /// By class, then by path; photos without a class last.
        case `class`
    }

    /// The class.
    package var classID: Int?
    /// Whether they have a class.
    package var isLabeled: Bool?
    /// The split.
    package var split: SplitFilter
    /// A part of the path. Case does not matter.
    package var text: String?
    /// The kind of a finding that is not dismissed.
    package var finding: FindingKind?
    /// Whether they are left out of the project.
    package var isRemoved: Bool
    /// What is known about the file; nil for all but missing files.
    package var state: Photo.State?
    /// The order.
    package var order: Order
    /// The photos to choose from, which may be missing; nil for all.
    package var ids: [Int]?

    /// Creates a filter. Without arguments, all photos that are neither removed nor missing pass.
    package init(
        classID: Int? = nil, isLabeled: Bool? = nil, split: SplitFilter = .any, text: String? = nil,
        finding: FindingKind? = nil, isRemoved: Bool = false, state: Photo.State? = nil, order: Order = .path,
        ids: [Int]? = nil
    ) {
        self.classID = classID
        self.isLabeled = isLabeled
        self.split = split
        self.text = text
        self.finding = finding
        self.isRemoved = isRemoved
        self.state = state
        self.order = order
        self.ids = ids
    }
}

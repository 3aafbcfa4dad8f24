/// The kinds of problems that checks find.
package enum FindingKind: String, Sendable, Codable, CaseIterable {
    /// The file can't be decoded.
    case unreadable
    /// The label is probably wrong.
    case label
    /// The same photo twice.
    case duplicate
    /// Almost the same photo twice.
    case near
    /// Almost the same photo in training and in the test set.
    case leak
    /// Too dark.
    case dark
    /// Out of focus.
    case blurred
    /// Very few pixels.
    case tiny
    /// Unlike all other photos.
    case odd
    /// A run predicted another class.
    case mistake
}

/// A problem of a photo.
package struct Finding: Sendable, Hashable {
    /// The photo.
    package var photo: Int
    /// The kind of problem.
    package var kind: FindingKind
    /// How bad it is: higher is worse.
    package var score: Double
    /// The class that the photo more probably has.
    package var likelyClass: Int?
    /// The probability of that class.
    package var probability: Double?
    /// The other photos of the group: its duplicates.
    package var others: [Int]
    /// Remarks for the user.
    package var note: String?

    /// Creates a finding.
    package init(
        photo: Int, kind: FindingKind, score: Double, likelyClass: Int? = nil, probability: Double? = nil,
        others: [Int] = [], note: String? = nil
    ) {
        self.photo = photo
        self.kind = kind
        self.score = score
        self.likelyClass = likelyClass
        self.probability = probability
        self.others = others
        self.note = note
    }
}

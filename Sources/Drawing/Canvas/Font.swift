/// How letters look. The face is the system's sans-serif one; what it lacks, as Chinese or emoji, comes from others.
public struct Font: Sendable, Hashable {
    /// How wide all letters are.
    public enum Family: Sendable, Hashable {
        case sans
        /// All letters are equally wide.
        case monospaced
    }

    /// The height of the letters' body, in points of 1/96 inch.
    public var size: Double
    /// Whether the letters are heavy.
    public var isBold: Bool
    /// The kind of letters.
    public var family: Family

    /// A font of a size.
    public init(size: Double, isBold: Bool = false, family: Family = .sans) {
        self.size = size
        self.isBold = isBold
        self.family = family
    }

    /// Over a drawing.
    public static let title = Font(size: 15, isBold: true)
    /// The names of axes and series.
    public static let label = Font(size: 12.5)
    /// The numbers of an axis, captions.
    public static let small = Font(size: 11)
}

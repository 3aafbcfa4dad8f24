/// A text to be drawn: its letters, their font and colour, and how much room it may take.
///
/// The letters are taken as they are, never as markup. Whatever would break a line or steer a terminal is drawn as a
/// space or a replacement character.
public struct Text: Sendable, Hashable {
    /// Which part of the text lies at the place that it is drawn at.
    public enum Horizontal: Sendable { case left, center, right }
    /// Which part of the text lies at the place that it is drawn at.
    public enum Vertical: Sendable { case top, middle, bottom, baseline }

    /// How many letters, with their accents, are looked at: more do not fit on a line of any drawing.
    static let limit = 2_000

    /// The letters.
    public var string: String
    /// How the letters look.
    public var font: Font
    /// The colour of the letters.
    public var color: Color
    /// The room from left to right; a text that needs more is cut and ends with an ellipsis. nil: as much as it needs.
    public var width: Double?
    /// On how many lines the words may be spread.
    public var lines: Int
    /// Which part lies at the place from left to right.
    public var horizontal: Horizontal
    /// Which part lies at the place from top to bottom.
    public var vertical: Vertical

    /// A text.
    public init(
        _ string: String, _ font: Font = .label, _ color: Color, width: Double? = nil, lines: Int = 1,
        horizontal: Horizontal = .left, vertical: Vertical = .top
    ) {
        self.string = string
        self.font = font
        self.color = color
        self.width = width
        self.lines = max(1, lines)
        self.horizontal = horizontal
        self.vertical = vertical
    }

    /// The letters without what a line can't hold.
    var harmless: String {
        var scalars = String.UnicodeScalarView()
        var taken = 0
        for scalar in string.unicodeScalars {
            guard taken < Self.limit else {
                scalars.append("…")
                break
            }
            taken += 1
            switch scalar.properties.generalCategory {
            case .lineSeparator, .paragraphSeparator: scalars.append(" ")
            case .control where "\n\r\t\u{0B}\u{0C}\u{85}".unicodeScalars.contains(scalar): scalars.append(" ")
            case .control: scalars.append("\u{FFFD}")
            // Marks that turn the direction of what follows; a letter's own direction is known without them.
            case .format where (0x202A...0x202E).contains(scalar.value): break
            default: scalars.append(scalar)
            }
        }
        return String(scalars)
    }
}

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

extension String {
    /// The text, a name as a rule, so marked that a longer one may hold it: where it runs from right to left, the numbers
    /// and signs around it keep their places.
    public var isolated: String {
        "\u{2068}" + String(String.UnicodeScalarView(unicodeScalars.filter { !(0x2066...0x2069).contains($0.value) }))
            + "\u{2069}"
    }
}

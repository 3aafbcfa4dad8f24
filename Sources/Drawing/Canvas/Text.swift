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

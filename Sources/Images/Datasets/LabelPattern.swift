/// A regular expression that finds a label, or the name of a group, in the name of a file.
///
/// It has exactly one capture group, and is looked for anywhere in the name, as Python's `re.search` does. A pattern that
/// holds a `/` is looked for in the path from the dataset's folder on: `^(\w+)/` takes the first folder. The syntax is
/// that of Swift's `Regex`, which is Perl's for all that is needed here; names are matched by Unicode scalars.
public struct LabelPattern {
    /// What the capture group gives.
    public enum Purpose: Sendable {
        /// The label of an image.
        case labels
        /// What images have in common.
        case groups
    }

    /// The regular expression as it was written.
    public let text: String

    private let regex: Regex<AnyRegexOutput>
    private let usesPath: Bool

    /// Reads a regular expression.
    ///
    /// Throws where it is none, and where it has no capture group or several.
    public init(_ text: String, purpose: Purpose = .labels) throws(DatasetError) {
        let name = purpose == .labels ? "the label pattern" : "the group pattern"
        self.text = text
        usesPath = text.contains("/")
        do {
            regex = try Regex(text).matchingSemantics(.unicodeScalar)
        } catch {
            throw DatasetError(
                .badPattern, "\(name) '\(text)' is no regular expression: \(error). Example: '^([a-z]+)_[0-9]+'.")
        }
        // With an empty alternative it matches anything, and the match shows how many groups there are.
        let probe = (try? Regex("(?:\(text))|")).flatMap { try? $0.firstMatch(in: "") }
        let groups = probe.map { $0.output.count - 1 } ?? 1
        guard groups == 1 else {
            throw DatasetError(
                .badPattern,
                "\(name) '\(text)' has \(groups == 0 ? "no capture group" : "\(groups) capture groups"). Put the part "
                    + "that is wanted in parentheses, and other parentheses as (?:…). Example: '^([a-z]+)_[0-9]+'.")
        }
    }

    /// What the group captures, or nil where the pattern is not found or captures nothing.
    ///
    /// `path` is the path from the dataset's folder on.
    public func capture(in path: String) -> String? {
        let slash = usesPath ? nil : path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let subject = slash.map { path[path.utf8.index(after: $0)...] } ?? path[...]
        guard let match = try? regex.firstMatch(in: subject), match.output.count > 1,
            let capture = match.output[1].substring, !capture.isEmpty
        else { return nil }
        return String(capture)
    }
}

/// Files in which a pattern was not found.
struct UnmatchedFiles {
    private(set) var count = 0
    private var examples: [String] = []

    mutating func add(_ name: String) {
        count += 1
        if examples.count < 5 { examples.append(name) }
    }

    /// How many, and the first of them: `3 files do not match the label pattern '…': a, b, c`.
    func description(pattern: String) -> String {
        let shown = examples.joined(separator: ", ") + (count > examples.count ? ", …" : "")
        return "\(count == 1 ? "1 file does" : "\(count) files do") not match the label pattern '\(pattern)' and "
            + "\(count == 1 ? "is" : "are") left out: \(shown)"
    }
}

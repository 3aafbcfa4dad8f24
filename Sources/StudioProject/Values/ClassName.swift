internal import Platform

/// The rules for names of classes.
package enum ClassName {
    /// The largest number of bytes.
    package static let limit = 200

    /// What is wrong with a name, as a sentence; nil if it is possible.
    package static func problem(_ name: String) -> String? {
        if name.utf8.count > limit { return "the name of the class is too long: use at most \(limit) bytes" }
        if name.unicodeScalars.allSatisfy(\.properties.isWhitespace) { return "the class has no name: type one" }
        let breaks: Set<Unicode.GeneralCategory> = [.control, .lineSeparator, .paragraphSeparator]
        if name.unicodeScalars.contains(where: { breaks.contains($0.properties.generalCategory) }) {
            return "the name of the class contains a line break or another control character: leave it out"
        }
        return name.isText ? nil : "the name of the class is not text: use letters"
    }
}

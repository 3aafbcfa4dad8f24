extension [String] {
    /// The most similar candidates, by the number of changed letters, nearest first.
    package func nearest(to text: String, count: Int) -> ArraySlice<String> {
        let wanted = [Character](text.lowercased())
        let distances = map { editDistance([Character]($0), wanted) }
        return indices.sorted { (distances[$0], $0) < (distances[$1], $1) }.map { self[$0] }.prefix(count)
    }

    /// The candidates of which a text may be a misspelling or the beginning, the most similar first; at most three.
    package func likelyMeant(by text: String) -> [String] {
        let wanted = text.lowercased()
        // A third of the letters may differ, at most three.
        let most = Swift.min(3, Swift.max(1, (wanted.count + 1) / 3))
        let likely = filter { candidate in
            wanted.count >= 3 && candidate.hasPrefix(wanted)
                || editDistance([Character](candidate), [Character](wanted)) <= most
        }
        return Array(likely.nearest(to: text, count: 3))
    }

    /// The question `did you mean 'a' or 'b'?`.
    package var didYouMean: String {
        let names = map { "'\($0)'" }
        let all = names.count > 1 ? names.dropLast().joined(separator: ", ") + " or " : ""
        return "did you mean \(all)\(names.last ?? "")?"
    }
}

/// The minimum number of inserted, deleted or replaced letters that turns one text into the other (Levenshtein, 1965).
package func editDistance(_ first: [Character], _ second: [Character]) -> Int {
    var row = Array(0...second.count)
    for (line, letter) in first.enumerated() {
        var diagonal = row[0]
        row[0] = line + 1
        for (column, other) in second.enumerated() {
            let replaced = diagonal + (letter == other ? 0 : 1)
            diagonal = row[column + 1]
            row[column + 1] = Swift.min(replaced, row[column] + 1, diagonal + 1)
        }
    }
    return row[second.count]
}

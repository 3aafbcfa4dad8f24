extension [String] {
    /// The most similar candidates, by the number of changed letters, nearest first.
    package func nearest(to text: String, count: Int) -> ArraySlice<String> {
        let wanted = [Character](text.lowercased())
        let distances = map { editDistance([Character]($0), wanted) }
        return indices.sorted { (distances[$0], $0) < (distances[$1], $1) }.map { self[$0] }.prefix(count)
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

internal import Platform
internal import StudioProject

extension PhotoFilter {
    /// Reads a filter from a query: `class=ID|none`, `labeled`, `split=train|val|test|none`, `finding`, `text`,
    /// `removed`, `state`, `order`.
    ///
    /// - Throws: `StudioError` for a value that does not exist.
    init(_ request: APIRequest) throws(StudioError) {
        self.init(text: request.query("text"))
        switch request.query("class") {
        case "none": isLabeled = false
        default: classID = try request.int("class")
        }
        if let labeled = try request.choice("labeled", ["true", "false"]) { isLabeled = labeled == "true" }
        if let split = try request.choice("split", Split.allCases.map(\.rawValue) + ["none"]) {
            self.split = Split(rawValue: split).map { .one($0) } ?? .none
        }
        finding = try request.choice("finding", FindingKind.allCases.map(\.rawValue)).flatMap(FindingKind.init)
        isRemoved = try request.choice("removed", ["true", "false"]) == "true"
        state = try request.choice("state", Photo.State.allCases.map(\.rawValue)).flatMap(Photo.State.init)
        order = try request.choice("order", ["path", "added", "class"]).flatMap(Order.init) ?? .path
    }
}

extension APIRequest {
    /// Returns a value of the query that must be one of some words.
    fileprivate func choice(_ name: String, _ words: [String]) throws(StudioError) -> String? {
        guard let word = query(name) else { return nil }
        guard words.contains(word) else {
            throw StudioError(.invalid, "\(name) is not '\(word.shown)'; use \(words.joined(separator: ", "))")
        }
        return word
    }
}

internal import HTTPTypes
internal import Platform

/// A group of paths below `/api/`.
protocol RouteGroup: Sendable {
    /// Adds the paths to the table.
    func add(to routes: inout RouteTable)
}

/// What answers each path below `/api/`.
struct RouteTable: Sendable {
    typealias Handler = @Sendable (APIRequest) async throws -> APIResponse

    /// A path and its method.
    struct Entry: Sendable {
        let method: HTTPRequest.Method
        /// The parts of the path; those that begin with a colon stand for any text.
        let parts: [Substring]
        /// Whether it changes the project or its runs.
        let needsWriting: Bool
        let handler: Handler
    }

    private var entries: [Entry] = []

    /// Adds a path that reads, such as `runs/:name/results`.
    mutating func get(_ pattern: String, _ handler: @escaping Handler) {
        entries.append(Entry(method: .get, parts: pattern.split(separator: "/"), needsWriting: false, handler: handler))
    }

    /// Adds a path that does something.
    ///
    /// - Parameters:
    ///   - pattern: the path.
    ///   - needsWriting: whether a studio that is read-only refuses it.
    ///   - handler: returns the answer.
    mutating func post(_ pattern: String, needsWriting: Bool = true, _ handler: @escaping Handler) {
        entries.append(
            Entry(method: .post, parts: pattern.split(separator: "/"), needsWriting: needsWriting, handler: handler))
    }

    /// Finds the entry for a path.
    ///
    /// - Parameters:
    ///   - path: the decoded parts of the path after `/api/`.
    ///   - method: the method; `HEAD` is `GET`.
    /// - Throws: `StudioError` if there is none.
    func entry(
        for path: [String], _ method: HTTPRequest.Method
    ) throws(StudioError) -> (entry: Entry, parameters: [String: String]) {
        let method = method == .head ? .get : method
        // Names come before parameters: `runs/compare` before `runs/:name`.
        let matching = entries.filter { entry in
            entry.parts.count == path.count
                && zip(entry.parts, path).allSatisfy { $0.first == ":" && !$1.isEmpty || $0 == $1 }
        }.sorted { $0.parts.count { $0.first == ":" } < $1.parts.count { $0.first == ":" } }
        guard !matching.isEmpty else { throw StudioError(.notFound, "there is nothing at this path") }
        guard let entry = matching.first(where: { $0.method == method }) else {
            throw StudioError(.methodNotAllowed, "this path does not have the method \(method.rawValue.prefix(20))")
        }
        let pairs = zip(entry.parts, path).filter { $0.0.first == ":" }.map { (String($0.0.dropFirst()), $0.1) }
        return (entry, Dictionary(pairs, uniquingKeysWith: { first, _ in first }))
    }
}

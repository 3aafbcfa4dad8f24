internal import ApusServer
internal import Foundation
internal import HTTPTypes
internal import HummingbirdCore
internal import Platform

/// A request of the page.
struct APIRequest: Sendable {
    /// The largest body of JSON: a selection of all photos of a large project.
    private static let jsonSize = 16 << 20

    let request: Request
    private let parameters: [String: String]
    private let queries: [String: String]
    private let content: RequestBody

    init(_ request: Request, parameters: [String: String], queries: [String: String], body: RequestBody) {
        (self.request, self.parameters, self.queries, content) = (request, parameters, queries, body)
    }

    /// Returns the text of a part of the path, such as `name` of `runs/:name`.
    func parameter(_ name: String) -> String { parameters[name] ?? "" }

    /// Returns the number of a part of the path.
    ///
    /// - Throws: `StudioError` if it is not a number.
    func number(_ name: String) throws(StudioError) -> Int {
        guard let number = Int(parameter(name)) else {
            throw StudioError(.notFound, "'\(parameter(name).shown)' is not a number")
        }
        return number
    }

    /// Returns a value of the query; nil if it is missing or empty.
    func query(_ name: String) -> String? { queries[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// Returns a number of the query.
    ///
    /// - Throws: `StudioError` if it is not a number.
    func int(_ name: String) throws(StudioError) -> Int? {
        guard let text = query(name) else { return nil }
        guard let number = Int(text) else { throw StudioError(.invalid, "\(name) '\(text.shown)' is not a number") }
        return number
    }

    /// Returns the place and the number of the items of a page.
    ///
    /// - Throws: `StudioError` if they are not numbers from 0.
    func page(limit standard: Int, atMost maximum: Int) throws(StudioError) -> (offset: Int, limit: Int) {
        let (offset, limit) = (try int("offset") ?? 0, try int("limit") ?? standard)
        guard offset >= 0, limit >= 0 else { throw StudioError(.invalid, "offset and limit are numbers from 0") }
        return (offset, min(limit, maximum))
    }

    /// Reads the body as JSON.
    ///
    /// - Throws: `StudioError` if it is not what the path needs.
    func json<Value: Decodable>(_ type: Value.Type = Value.self) async throws -> Value {
        let bytes = try await body(limit: Self.jsonSize)
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw StudioError(.invalid, "the body is not the JSON that this path needs")
        }
    }

    /// Reads the body.
    ///
    /// - Parameter limit: the largest size in bytes.
    /// - Throws: `ServingError` if it is larger, or incomplete.
    func body(limit: Int) async throws -> [UInt8] { try await content.read(limit: limit) }
}

/// The body of a request, which is read once.
actor RequestBody {
    private var exchange: Exchange

    init(_ exchange: Exchange) { self.exchange = exchange }

    func read(limit: Int) async throws -> [UInt8] {
        var current = exchange
        defer { exchange = current }
        return try await current.body(limit: limit)
    }

    /// Returns the memory of the body, and whether so much of it is unread that the connection should end.
    func end() -> Bool {
        exchange.end()
        return exchange.leavesBody
    }
}

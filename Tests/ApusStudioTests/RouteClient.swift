import ApusServer
import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOPosix
import Platform
import Serving
import Testing

@testable import ApusStudio

/// Asks the paths below `/api/` of some groups, without a server.
struct RouteClient: Sendable {
    /// An answer, or the error of a handler as the page gets it.
    struct Answer: Sendable {
        let status: Int
        let type: String
        let bytes: [UInt8]

        /// The value of a path such as `results.accuracy.count` or `items.0.photo.id`.
        subscript(path: String) -> JSONValue? {
            let root = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes))
            return path.split(separator: ".").reduce(root) { value, part in
                switch value {
                case .object(let members)?: members[String(part)]
                case .list(let items)?: Int(part).flatMap { items.indices.contains($0) ? items[$0] : nil }
                default: nil
                }
            }
        }

        var error: String { self["error"]?.text ?? "" }
    }

    private let table: RouteTable
    private let channel: any Channel

    init(_ groups: any RouteGroup...) async throws {
        var table = RouteTable()
        for group in groups { group.add(to: &table) }
        self.table = table
        channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0).get()
    }

    func get(_ path: String) async throws -> Answer { try await ask(.get, path, []) }

    func post(_ path: String, _ body: [UInt8] = []) async throws -> Answer { try await ask(.post, path, body) }

    func post(_ path: String, json: String) async throws -> Answer { try await post(path, Array(json.utf8)) }

    private func ask(_ method: HTTPRequest.Method, _ path: String, _ body: [UInt8]) async throws -> Answer {
        var head = HTTPRequest(method: method, scheme: "http", authority: "localhost", path: "/api/" + path)
        head.headerFields[.contentLength] = String(body.count)
        let request = Request(head: head, body: .init(buffer: ByteBuffer(bytes: body)))
        let exchange = Exchange(request, on: channel, memory: BodyMemory(limit: 1 << 28))
        let parts = path.split(separator: "?", maxSplits: 1).map(String.init)
        var response: APIResponse
        do {
            let (entry, parameters) = try table.entry(for: parts[0].split(separator: "/").map(String.init), method)
            let queries = try queryParameters(parts.count > 1 ? parts[1] : "").map { ($0.name, $0.value) }
            response = try await entry.handler(
                APIRequest(
                    request, parameters: parameters, queries: Dictionary(queries) { $1 }, body: .init(exchange)))
        } catch {
            response = APIResponse(StudioError(describing: error))
        }
        let collected = Monitor<[UInt8]>([])
        try await response.response.body.write(Collector(collected: collected))
        return Answer(
            status: response.response.status.code, type: response.response.headers[.contentType] ?? "",
            bytes: collected.withLock { $0 })
    }
}

/// A value of JSON.
enum JSONValue: Decodable, Equatable, Sendable {
    case null
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let list = try? container.decode([JSONValue].self) {
            self = .list(list)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    var number: Double? { if case .number(let number) = self { number } else { nil } }
    var text: String? { if case .text(let text) = self { text } else { nil } }
    var count: Int? { if case .list(let items) = self { items.count } else { nil } }
}

/// Keeps what is written.
private struct Collector: ResponseBodyWriter {
    let collected: Monitor<[UInt8]>

    func write(_ buffer: ByteBuffer) async throws {
        collected.withLock { $0 += buffer.readableBytesView }
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

public import Foundation

/// A JSON Schema of `docs/schemas`, in the part of 2020-12 that these use.
public struct JSONSchema: Sendable {
    private let root: JSONValue
    private let name: String

    /// Reads `docs/schemas/NAME.schema.json`.
    public init(_ name: String) throws {
        self.name = name
        let file = Self.folder.appending(path: "\(name).schema.json")
        root = try JSONDecoder().decode(JSONValue.self, from: Data(contentsOf: file))
    }

    /// The folder of the schemas.
    public static let folder = Goldens.package.appending(path: "docs/schemas")

    /// The names of all schemas.
    public static var names: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: folder.path)
                .filter { $0.hasSuffix(".schema.json") }.map { String($0.dropLast(12)) }.sorted()
        }
    }

    /// The places where a JSON text differs from the schema, and how; empty if it is valid.
    public func problems(in text: String) throws -> [String] {
        try problems(of: JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)), root, at: "")
    }

    /// The keywords that the validator knows. A schema with another one would not be checked completely.
    private static let keywords: Set<String> = [
        "$schema", "$defs", "$ref", "title", "description", "x-since", "type", "enum", "const", "anyOf", "properties",
        "required", "additionalProperties", "items",
    ]

    private func problems(of value: JSONValue, _ schema: JSONValue, at place: String) throws -> [String] {
        var problems = schema.keys.filter { !Self.keywords.contains($0) }.map { "\(name): unknown keyword '\($0)'" }
        if let reference = schema["$ref"]?.text {
            let (schema, target) = try resolved(reference)
            problems += try schema.problems(of: value, target, at: place)
        }
        if let alternatives = schema["anyOf"]?.elements {
            let found = try alternatives.map { try self.problems(of: value, $0, at: place) }
            // Those of the alternative that is closest.
            if !found.contains([]) { problems += found.min { $0.count < $1.count } ?? [] }
        }
        if let types = schema["type"].map({ $0.elements ?? [$0] })?.compactMap(\.text),
            !types.contains(where: value.isOf)
        {
            problems.append("\(place): \(value.type) in place of \(types.joined(separator: " or "))")
        }
        if let values = schema["enum"]?.elements, !values.contains(value) {
            problems.append("\(place): \(value) is not one of \(values)")
        }
        if let constant = schema["const"], constant != value {
            problems.append("\(place): \(value) is not \(constant)")
        }
        if let elements = value.elements, let items = schema["items"] {
            for (index, element) in elements.enumerated() {
                problems += try self.problems(of: element, items, at: "\(place)[\(index)]")
            }
        }
        guard case .object(let members) = value else { return problems }
        let missing = (schema["required"]?.elements ?? []).compactMap(\.text).filter { members[$0] == nil }
        problems += missing.map { "\(place).\($0): is missing" }
        for (key, member) in members.sorted(by: { $0.key < $1.key }) {
            if let property = schema["properties"]?[key] {
                problems += try self.problems(of: member, property, at: "\(place).\(key)")
            } else if let others = schema["additionalProperties"] {
                problems +=
                    others == .bool(false)
                    ? ["\(place).\(key): is not in the schema"]
                    : try self.problems(of: member, others, at: "\(place).\(key)")
            }
        }
        return problems
    }

    /// The schema that a reference names: `common.schema.json#/$defs/epoch`.
    private func resolved(_ reference: String) throws -> (JSONSchema, JSONValue) {
        let parts = reference.split(separator: "#", omittingEmptySubsequences: false).map(String.init)
        let schema = parts[0].isEmpty ? self : try JSONSchema(parts[0].replacing(".schema.json", with: ""))
        let path = parts.count > 1 ? parts[1].split(separator: "/").map(String.init) : []
        let target = path.reduce(schema.root as JSONValue?) { $0?[$1] }
        guard let target else { throw CocoaError(.fileReadCorruptFile) }
        return (schema, target)
    }
}

extension JSONSchema {
    /// The fields as rows of a Markdown table: name, type, meaning, and the version since when they exist.
    ///
    /// Names of nested fields have points, those of objects in a list brackets. A field that may be absent has a
    /// question mark. Each alternative of a schema is a table of its own.
    public var tables: [(title: String?, rows: [String])] {
        let since = root["x-since"]?.text ?? "0.1"
        let item = root["items"] ?? root
        guard let alternatives = root["anyOf"]?.elements else {
            // A list of a part has no fields of its own.
            return item["$ref"] == nil ? [(nil, rows(of: item, prefix: "", since: since))] : []
        }
        return alternatives.map { alternative in
            let since = alternative["x-since"]?.text ?? since
            let rows = alternative["$ref"].map { ["| all fields | \(type(of: .object(["$ref": $0]))) | | \(since) |"] }
            return (alternative["description"]?.text, rows ?? self.rows(of: alternative, prefix: "", since: since))
        }
    }

    /// The parts of other schemas, by their names.
    public var parts: [(name: String, rows: [String])] {
        (root["$defs"]?.keys ?? []).map { name in
            (name, rows(of: root["$defs"]?[name] ?? .null, prefix: "", since: "0.1"))
        }
    }

    private func rows(of schema: JSONValue, prefix: String, since: String) -> [String] {
        let required = Set((schema["required"]?.elements ?? []).compactMap(\.text))
        return (schema["properties"]?.keys ?? []).flatMap { key -> [String] in
            let property = schema["properties"]?[key] ?? .null
            let version = property["x-since"]?.text ?? since
            let name = prefix + key + (required.contains(key) ? "" : "?")
            let meaning = property["description"]?.text ?? ""
            let row = "| `\(name)` | \(type(of: property)) | \(meaning) | \(version) |"
            let inner = property["anyOf"]?.elements?.first ?? property["items"] ?? property
            let next = prefix + key + (property["items"] == nil ? "." : "[].")
            return [row] + rows(of: inner, prefix: next, since: version)
        }
    }

    private func type(of schema: JSONValue) -> String {
        if let reference = schema["$ref"]?.text {
            let name = reference.split(separator: "/").last.map(String.init) ?? reference
            return name == "config.schema.json" ? "[config.json](#configjson)" : "[\(name)](#\(name.lowercased()))"
        }
        if let constant = schema["const"] { return "`\(constant.text ?? "\(constant)")`" }
        if let values = schema["enum"]?.elements {
            return values.compactMap(\.text).map { "`\($0)`" }.joined(separator: ", ")
        }
        if let alternatives = schema["anyOf"]?.elements { return alternatives.map(type).joined(separator: " or ") }
        let types = (schema["type"].map { $0.elements ?? [$0] } ?? []).compactMap(\.text)
        return types.map { type in
            switch type {
            case "array": schema["items"].map { "list of \(self.type(of: $0))" } ?? "list"
            case "object":
                if let values = schema["additionalProperties"], values != .bool(false), schema["properties"] == nil {
                    "object of \(self.type(of: values))"
                } else {
                    "object"
                }
            case "string": "text"
            default: type
            }
        }.joined(separator: " or ")
    }
}

/// A JSON value.
private enum JSONValue: Decodable, Equatable, CustomStringConvertible {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let values = try? container.decode([JSONValue].self) {
            self = .array(values)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    subscript(key: String) -> JSONValue? { if case .object(let members) = self { members[key] } else { nil } }

    var keys: [String] { if case .object(let members) = self { members.keys.sorted() } else { [] } }
    var text: String? { if case .string(let text) = self { text } else { nil } }
    var elements: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }

    var type: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .number(let number): number == number.rounded() ? "integer" : "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    func isOf(_ type: String) -> Bool { self.type == type || type == "number" && self.type == "integer" }

    var description: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .number(let number): number == number.rounded() ? String(format: "%.0f", number) : "\(number)"
        case .string(let text): "\"\(text)\""
        case .array(let elements): "[\(elements.map(\.description).joined(separator: ", "))]"
        case .object: "{…}"
        }
    }
}

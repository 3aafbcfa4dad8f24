internal import Foundation

/// A value of a JSON file, before its meaning is known.
///
/// `JSONSerialization` does not distinguish 1 from true, which a person who wrote a file by hand wants to know.
package enum ConfigurationValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    /// A whole number above `Int.max`, such as a seed.
    case natural(UInt64)
    case number(Double)
    case text(String)
    case list([ConfigurationValue])
    case object([String: ConfigurationValue])

    /// The JSON form of a value.
    init(encoding value: some Encodable) throws {
        self = try JSONDecoder().decode(Self.self, from: JSONEncoder().encode(value))
    }

    /// The value at a path of keys such as `optimizer.learningRate`; nil if there is none.
    subscript(path: String) -> ConfigurationValue? {
        get {
            path.split(separator: ".").reduce(self) { value, key in
                guard case .object(let members)? = value else { return nil }
                return members[String(key)]
            }
        }
        set {
            let keys = path.split(separator: ".", maxSplits: 1).map(String.init)
            guard let key = keys.first else { return }
            var members = if case .object(let members) = self { members } else { [String: ConfigurationValue]() }
            if keys.count == 1 {
                members[key] = newValue
            } else {
                var member = members[key] ?? .object([:])
                member[keys[1]] = newValue
                members[key] = member
            }
            self = .object(members)
        }
    }
}

extension ConfigurationValue: Codable {
    /// Reads any JSON.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(UInt64.self) {
            self = .natural(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let values = try? container.decode([ConfigurationValue].self) {
            self = .list(values)
        } else {
            self = .object(try container.decode([String: ConfigurationValue].self))
        }
    }

    /// Writes the same JSON.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .natural(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .list(let values): try container.encode(values)
        case .object(let members): try container.encode(members)
        }
    }
}

extension ConfigurationValue: CustomStringConvertible {
    /// The value as JSON on one line.
    package var description: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }

    /// The value as a person writes it: a text without quotes, anything else as JSON.
    package var plainText: String { if case .text(let text) = self { text } else { description } }
}

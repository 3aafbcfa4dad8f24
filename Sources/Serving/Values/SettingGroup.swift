internal import Classifier
internal import Platform

/// A group of settings in a configuration file. Settings that the file does not have are at their defaults; unknown
/// ones are refused.
protocol SettingGroup: Codable, SendableMetatype {
    init()
    /// All settings, in the order in which they are checked.
    static var settings: [Setting<Self>] { get }
}

/// A setting of a group: its name in the file, its valid values, and how it is read and written.
struct Setting<Group>: Sendable {
    typealias Reader = KeyedDecodingContainer<SettingKey>
    typealias Path<Value> = any WritableKeyPath<Group, Value> & Sendable
    typealias Writer = KeyedEncodingContainer<SettingKey>

    let name: String
    /// The valid values in words.
    let demand: String
    let isValid: @Sendable (Group) -> Bool
    let read: @Sendable (inout Group, Reader, SettingKey) throws -> Void
    let write: @Sendable (Group, inout Writer, SettingKey) throws -> Void
}

/// A key in a configuration file.
struct SettingKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }

    init?(intValue: Int) { nil }
}

extension Setting {
    /// Creates a setting whose value is written as it is.
    init<Value: Codable & SendableMetatype>(
        _ name: String, _ path: Path<Value>, _ demand: String,
        isValid: @escaping @Sendable (Value) -> Bool = { _ in true }
    ) {
        (self.name, self.demand) = (name, demand)
        self.isValid = { isValid($0[keyPath: path]) }
        read = { $0[keyPath: path] = try $1.decode(Value.self, forKey: $2) }
        write = { try $1.encode($0[keyPath: path], forKey: $2) }
    }

    /// Creates a setting that is nil unless the file has it.
    init<Value: Codable & SendableMetatype>(
        _ name: String, optional path: Path<Value?>, _ demand: String,
        isValid: @escaping @Sendable (Value) -> Bool = { _ in true }
    ) {
        (self.name, self.demand) = (name, demand)
        self.isValid = { $0[keyPath: path].map(isValid) ?? true }
        read = { $0[keyPath: path] = try $1.decode(Value.self, forKey: $2) }
        write = { try $1.encodeIfPresent($0[keyPath: path], forKey: $2) }
    }

    /// Creates a setting for a whole number.
    init(_ name: String, _ path: Path<Int>, _ range: ClosedRange<Int>) {
        self.init(name, path, "a whole number from \(range.lowerBound) to \(range.upperBound)") { range.contains($0) }
    }

    /// Creates a setting for a duration, which is written as a number of seconds.
    init(_ name: String, seconds path: Path<Duration>, _ range: ClosedRange<Double>) {
        self.name = name
        demand = "a number of seconds from \(range.lowerBound) to \(range.upperBound)"
        isValid = { range.contains($0[keyPath: path] / .seconds(1)) }
        read = { group, container, key in
            let seconds = try container.decode(Double.self, forKey: key)
            // A duration of too many seconds can't be represented.
            group[keyPath: path] = range.contains(seconds) ? .seconds(seconds) : .seconds(-1)
        }
        write = { try $1.encode($0[keyPath: path] / .seconds(1), forKey: $2) }
    }

    /// Creates a setting for a group of settings.
    init<Value: SettingGroup>(_ name: String, group path: Path<Value>) {
        self.init(name, path, "an object with settings") { Value.invalidSetting(of: $0) == nil }
    }
}

extension SettingGroup {
    /// The first setting with an invalid value; nil if all are valid.
    static func invalidSetting(of group: Self) -> Setting<Self>? { settings.first { !$0.isValid(group) } }

    /// Throws the error for the first invalid value.
    func demandValid(in parent: String = "") throws(ApusError) {
        guard let setting = Self.invalidSetting(of: self) else { return }
        throw setting.error(in: parent)
    }

    /// Reads the settings.
    ///
    /// - Throws: `ApusError` that names the setting if it is unknown or its value is invalid.
    public init(from decoder: any Decoder) throws {
        let parent = decoder.codingPath.map { "\($0.stringValue)." }.joined()
        guard let container = try? decoder.container(keyedBy: SettingKey.self) else {
            let name = String(parent.dropLast())
            throw ApusError(
                .invalidConfiguration, name: name,
                name.isEmpty
                    ? "a configuration must be a JSON object"
                    : "the setting '\(name)' must be an object with settings")
        }
        self.init()
        for key in container.allKeys.sorted(by: { $0.stringValue < $1.stringValue }) {
            let name = key.stringValue
            guard let setting = Self.settings.first(where: { $0.name == name }) else {
                let names = Self.settings.map(\.name)
                let likely = names.likelyMeant(by: name)
                throw ApusError(
                    .invalidConfiguration, name: parent + name, suggestions: likely.isEmpty ? names : likely,
                    "no setting is called '\(parent + name)'",
                    advice: likely.isEmpty ? "use one of \(names.joined(separator: ", "))" : likely.didYouMean)
            }
            do {
                try setting.read(&self, container, key)
            } catch is DecodingError {
                throw setting.error(in: parent)
            }
            guard setting.isValid(self) else { throw setting.error(in: parent) }
        }
    }

    /// Writes all settings that have a value.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: SettingKey.self)
        for setting in Self.settings { try setting.write(self, &container, SettingKey(stringValue: setting.name)) }
    }
}

extension Setting {
    fileprivate func error(in parent: String) -> ApusError {
        ApusError(
            .invalidConfiguration, name: parent + name, "the setting '\(parent + name)' must be \(demand)")
    }
}

internal import Classifier
internal import Foundation
internal import Platform

extension TrainingConfiguration {
    /// Reads a configuration from JSON: `config.json` of a run, or part of it. Settings that the file does not have are
    /// at their defaults. Files of earlier versions are read too.
    ///
    /// - Returns: The configuration, and the path of the data if the file has one.
    /// - Throws: `ApusError` that names the setting or the value if the file is not a configuration.
    public static func read(_ path: String) throws -> (configuration: TrainingConfiguration, data: String?) {
        guard let bytes = try? fileBytes(path) else {
            throw ApusError(
                .unreadableFile, path: path, "no file to read a configuration from",
                advice: "give the config.json of a run")
        }
        do {
            return try read(json: Data(bytes))
        } catch let error as ApusError {
            throw error.naming(path: path)
        }
    }

    /// Reads a configuration from the text of a file.
    ///
    /// - Throws: `ApusError` without a path.
    static func read(json: Data) throws -> (configuration: TrainingConfiguration, data: String?) {
        guard case .object(let object)? = try? JSONDecoder().decode(ConfigurationValue.self, from: json) else {
            throw ApusError(
                .damagedFile, "it is not a JSON object, so it contains no configuration",
                advice: "give the config.json of a run")
        }
        var settings = try GivenSettings()
        let data = try settings.add(file: object)
        return (try settings.configuration(), data)
    }

    /// Reads a configuration from settings by their keys, as in a file of the current version.
    ///
    /// - Throws: `ApusError` without a path.
    package static func read(_ settings: [String: ConfigurationValue]) throws -> TrainingConfiguration {
        var given = try GivenSettings()
        _ = try given.add(file: settings.merging(["version": .integer(ConfigurationFile.version)]) { $1 })
        return try given.configuration()
    }
}

/// The settings of a file, while it is read.
private struct GivenSettings {
    /// A property's value, and the name of the setting in the file.
    private typealias Setting = (name: String, value: ConfigurationValue)

    /// The settings by the paths of their properties.
    private var settings: [String: Setting] = [:]
    private let defaults: ConfigurationValue
    /// The paths of all groups: `network`, `data.dataset`.
    private let groups: Set<String>

    init() throws {
        defaults = try ConfigurationValue(encoding: TrainingConfiguration())
        groups = Set(
            ConfigurationKey.all.flatMap { key in
                let parts = key.path.split(separator: ".")
                return parts.indices.dropFirst().map { parts[..<$0].joined(separator: ".") }
            })
    }

    /// Adds all settings of a file.
    ///
    /// - Returns: The path of the data.
    mutating func add(file: [String: ConfigurationValue]) throws -> String? {
        var file = file
        switch file.removeValue(forKey: "version") {
        case nil: return try add(earlierFile: file)
        case .integer(ConfigurationFile.version)?: break
        case .integer(let version)? where version > ConfigurationFile.version:
            throw ApusError.newerFormat(version, "", ours: ConfigurationFile.version)
        case let version?:
            throw ApusError(
                .invalidConfiguration, name: "version", value: version,
                "the setting 'version' must be \(ConfigurationFile.version), not \(version)",
                advice: "leave it out in a file of an earlier version")
        }
        let data = try Self.data(file.removeValue(forKey: "data"))
        // In order, so that the same one of several wrong settings is named each time.
        for (name, value) in file.sorted(by: { $0.key < $1.key }) {
            guard let key = ConfigurationKey.all.first(where: { $0.name == name }) else { throw Self.unknown(name) }
            try add(value, of: key, named: name, isProperty: false)
        }
        return data
    }

    private static func data(_ value: ConfigurationValue?) throws -> String? {
        switch value {
        case nil, .null: return nil
        case .text(let path): return path
        case let value?:
            throw ApusError(
                .invalidConfiguration, name: "data", value: value,
                "the setting 'data' must be the path of the data, not \(value)")
        }
    }

    /// Adds the settings of a file without a version: with the groups of `TrainingConfiguration`, or with the names of
    /// version 0.1, which had no groups. A file that is written by hand may have the keys of version 2, too.
    private mutating func add(earlierFile file: [String: ConfigurationValue]) throws -> String? {
        var file = file
        var data: String?
        // The file of a run has the configuration next to the path of its data; a hand-written one may be it alone.
        if case .text(let path)? = file["data"] {
            data = path
            file["data"] = nil
        }
        if case .object(let configuration)? = file["configuration"] { file = configuration }
        for (former, path, value) in FormerSettings.taken(from: &file) {
            try add(value, at: path, named: former)
        }
        for (name, value) in file.sorted(by: { $0.key < $1.key }) {
            if let key = ConfigurationKey.all.first(where: { $0.name == name }),
                !value.isObject || key.kind.accepts(value)
            {
                try add(value, of: key, named: name, isProperty: false)
            } else {
                try add(value, at: name, named: name)
            }
        }
        return data
    }

    /// Adds a property's value, or the values of a group.
    private mutating func add(_ value: ConfigurationValue, at path: String, named name: String) throws {
        if groups.contains(path), case .object(let members) = value {
            for (member, value) in members.sorted(by: { $0.key < $1.key }) {
                try add(value, at: "\(path).\(member)", named: "\(name).\(member)")
            }
        } else if let key = ConfigurationKey.all.first(where: { $0.path == path }) {
            try add(value, of: key, named: name, isProperty: true)
        } else if groups.contains(path) {
            throw ApusError(
                .invalidConfiguration, name: name, value: value,
                "the setting '\(name)' must be an object with settings, not \(value)")
        } else {
            throw Self.unknown(name)
        }
    }

    /// - Parameter isProperty: Whether the value is that of the property, as in files before version 2.
    private mutating func add(
        _ value: ConfigurationValue, of key: ConfigurationKey, named name: String, isProperty: Bool
    ) throws {
        // Nothing is the default of all settings that may be nothing.
        if value == .null, defaults[key.path] == nil { return }
        guard let property = isProperty ? (key.kind.accepts(value) ? value : nil) : key.kind.property(value) else {
            throw Self.wrong(value, of: key, named: name, isProperty: isProperty)
        }
        if let other = settings[key.path] {
            throw ApusError(
                .invalidConfiguration, name: key.name,
                "'\(other.name)' and '\(name)' are the same setting", advice: "leave one of them out")
        }
        settings[key.path] = (name, property)
    }

    /// The configuration with all settings.
    func configuration() throws -> TrainingConfiguration {
        var merged = defaults
        for (path, setting) in try initialWeights() { merged[path] = setting.value }
        do {
            return try JSONDecoder.forFiles.decode(
                TrainingConfiguration.self, from: JSONEncoder().encode(merged))
        } catch let error as DecodingError {
            throw invalid(error)
        }
    }

    /// The settings with those of the initial weights as one object.
    private func initialWeights() throws -> [String: Setting] {
        var settings = settings
        let (fresh, file) = (ConfigurationKey.fresh.path, ConfigurationKey.weights.path)
        let parts = [ConfigurationKey.partial.path, ConfigurationKey.stateKey.path]
        guard let weights = settings[file] else {
            for path in parts {
                guard let part = settings.removeValue(forKey: path), part.value != .bool(false) else { continue }
                throw ApusError(
                    .invalidConfiguration, name: part.name, "the setting '\(part.name)' requires 'weights'",
                    advice: "add the file with the weights, or leave '\(part.name)' out")
            }
            return settings
        }
        if let start = settings.removeValue(forKey: fresh), start.value == .text("random") {
            throw ApusError(
                .invalidConfiguration, name: weights.name,
                "the settings '\(start.name)' and '\(weights.name)' can't be combined", advice: "leave one of them out")
        }
        settings[parts[0]] = settings[parts[0]] ?? (ConfigurationKey.partial.name, .bool(false))
        return settings
    }

    // MARK: Errors

    private static func unknown(_ name: String) -> ApusError {
        let former = FormerSettings.names[name] ?? name
        if let key = ConfigurationKey.all.first(where: { $0.path == former }) {
            return ApusError(
                .invalidConfiguration, name: name, suggestions: [key.name],
                "since version \(ConfigurationFile.version) the setting '\(name)' is called '\(key.name)'",
                advice: "use this name, or leave 'version' out")
        }
        let names = ConfigurationKey.all.map(\.name) + ["data", "version"]
        let likely = names.likelyMeant(by: name.split(separator: ".").last.map(String.init) ?? name)
        let near = likely.isEmpty ? Array(names.nearest(to: name, count: 5)) : likely
        return ApusError(
            .invalidConfiguration, name: name, suggestions: near, "no setting is called '\(name)'",
            advice: likely.isEmpty
                ? "the most similar are \(near.joined(separator: ", "))" : likely.didYouMean)
    }

    private static func wrong(
        _ value: ConfigurationValue, of key: ConfigurationKey, named name: String, isProperty: Bool
    ) -> ApusError {
        let words = key.kind.words(isProperty: isProperty)
        let likely = if case .text(let text) = value { words.likelyMeant(by: text) } else { [String]() }
        return ApusError(
            .invalidConfiguration, name: name, value: value, suggestions: words,
            "the setting '\(name)' must be \(key.kind.demand(isProperty: isProperty)), not \(value)",
            advice: likely.isEmpty ? nil : likely.didYouMean)
    }

    /// The error for a text in the notation of its setting.
    private func invalid(_ error: DecodingError) -> ApusError {
        let context: DecodingError.Context? =
            switch error {
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
                .dataCorrupted(let context):
                context
            @unknown default: nil
            }
        let path = context?.codingPath.map(\.stringValue).joined(separator: ".") ?? ""
        let name = settings[path]?.name ?? path
        return ApusError(
            .invalidConfiguration, name: name, value: settings[path]?.value,
            "the setting '\(name)' has a wrong value: \(context?.debugDescription ?? "\(error)")",
            underlyingError: error)
    }
}

extension ConfigurationValue {
    fileprivate var isObject: Bool { if case .object = self { true } else { false } }
}

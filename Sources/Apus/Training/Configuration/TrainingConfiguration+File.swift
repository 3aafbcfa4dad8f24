internal import Classifier
internal import Foundation
internal import Platform
internal import Torch

extension TrainingConfiguration {
    /// Reads a configuration from JSON: `config.json` of a run, or part of it. Settings that the file does not have are
    /// at their defaults. The names of version 0.1, which had no groups, are read too.
    ///
    /// - Returns: The configuration, and the path of the data if the file has one.
    /// - Throws: `ApusError` that names the setting or the value if the file is not a configuration.
    public static func read(_ path: String) throws -> (configuration: TrainingConfiguration, data: String?) {
        guard let bytes = try? fileBytes(path) else {
            throw ApusError(
                .unreadableFile, path: path, "no file to read a configuration from",
                advice: "give the config.json of a run")
        }
        guard let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else {
            throw ApusError(
                .damagedFile, path: path, "it is not a JSON object, so it contains no configuration",
                advice: "give the config.json of a run")
        }
        // The file of a run has the configuration next to the path of its data; a hand-written one may be it alone.
        let given = object["configuration"] as? [String: Any] ?? object
        do {
            return (try decoded(FormerSettings.regrouped(given)), object["data"] as? String)
        } catch let error as ApusError {
            throw error.naming(path: path)
        }
    }

    private static func decoded(_ given: [String: Any]) throws -> TrainingConfiguration {
        let defaults = TrainingConfiguration()
        let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(defaults)) as? [String: Any] ?? [:]
        let merged = try overlaid(json, with: given, of: defaults)
        do {
            return try JSONDecoder.forFiles.decode(Self.self, from: JSONSerialization.data(withJSONObject: merged))
        } catch let error as DecodingError {
            throw Self.wrongValue(error)
        }
    }

    /// The JSON of a group with given values in place of the defaults.
    ///
    /// - Parameter path: The names of the groups around it, each with a point.
    private static func overlaid(
        _ defaults: [String: Any], with given: [String: Any], of group: Any, in path: String = ""
    ) throws -> [String: Any] {
        let properties = Mirror(reflecting: group).children
        var merged = defaults
        // In order, so that the same one of several wrong settings is named each time.
        for (name, value) in given.sorted(by: { $0.key < $1.key }) {
            guard let property = properties.first(where: { $0.label == name }) else {
                let names = properties.compactMap(\.label).map { path + $0 }.sorted()
                throw ApusError(
                    .invalidConfiguration, name: path + name, suggestions: names,
                    "no setting is called '\(path + name)'", advice: "there are \(names.joined(separator: ", "))")
            }
            if Mirror(reflecting: property.value).displayStyle == .struct, let given = value as? [String: Any] {
                merged[name] = try overlaid(
                    defaults[name] as? [String: Any] ?? [:], with: given, of: property.value, in: "\(path)\(name).")
            } else {
                merged[name] = value
            }
        }
        return merged
    }

    private static func wrongValue(_ error: DecodingError) -> ApusError {
        let context: DecodingError.Context? =
            switch error {
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
                .dataCorrupted(let context):
                context
            @unknown default: nil
            }
        let place = context?.codingPath.map(\.stringValue).joined(separator: ".") ?? ""
        return ApusError(
            .invalidConfiguration, name: place,
            "the setting '\(place)' has a wrong value: \(context?.debugDescription ?? "\(error)")",
            underlyingError: error)
    }
}

extension TrainingConfiguration {
    /// All settings of a configuration's JSON under their names with points, such as `optimizer.learningRate`.
    static func settings(_ json: Data) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: json) as? [String: Any] ?? [:]
        var settings: [String: Any] = [:]
        func add(_ value: Any, _ name: String) {
            guard let group = value as? [String: Any] else { return settings[name] = value }
            for (key, value) in group { add(value, name.isEmpty ? key : "\(name).\(key)") }
        }
        add(try FormerSettings.regrouped(object), "")
        return settings
    }
}

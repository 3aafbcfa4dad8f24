internal import Classifier
internal import Foundation
internal import Platform
internal import Torch

extension TrainingConfiguration {
    /// Reads a configuration from JSON: what `config.json` of a run holds, or part of it. What is not told is as by
    /// default.
    ///
    /// - Returns: the configuration, and the data that the file names, if it does.
    /// - Throws: `ApusError` for a text that is no configuration, with the name or the value that does not fit.
    public static func read(_ path: String) throws -> (configuration: TrainingConfiguration, data: String?) {
        guard let bytes = try? fileBytes(path) else {
            throw ApusError(
                .unreadableFile, path: path, "no file to read a configuration from",
                advice: "give the config.json of a run")
        }
        guard let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else {
            throw ApusError(
                .damagedFile, path: path, "it is no JSON object, so it holds no configuration",
                advice: "give the config.json of a run")
        }
        // A run's file has the configuration beside the path of its data; one written by hand may be it alone.
        let given = object["configuration"] as? [String: Any] ?? object
        do {
            return (try overlaid(with: given), object["data"] as? String)
        } catch let error as ApusError {
            throw error.naming(path: path)
        }
    }

    private static func overlaid(with given: [String: Any]) throws -> TrainingConfiguration {
        let encoder = JSONEncoder()
        let defaults = try JSONSerialization.jsonObject(with: encoder.encode(TrainingConfiguration()))
        var merged = defaults as? [String: Any] ?? [:]
        let names = Mirror(reflecting: TrainingConfiguration()).children.compactMap(\.label)
        // In order, so that of several wrong settings always the same is named.
        for (name, value) in given.sorted(by: { $0.key < $1.key }) {
            guard names.contains(name) else {
                throw ApusError(
                    .invalidConfiguration, name: name, suggestions: names.sorted(), "no setting is called '\(name)'",
                    advice: "there are \(names.sorted().joined(separator: ", "))")
            }
            merged[name] = value
        }
        do {
            return try JSONDecoder().decode(Self.self, from: JSONSerialization.data(withJSONObject: merged))
        } catch let error as DecodingError {
            throw Self.wrongValue(error)
        }
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
            "the setting '\(place)' does not hold: \(context?.debugDescription ?? "\(error)")", underlyingError: error)
    }
}

internal import Foundation

/// `config.json` of a run: the settings under the names of the flags of `apus train`, next to the path of the data and
/// the version of the format.
package struct ConfigurationFile: Sendable, Encodable {
    /// The version of the format. Files of earlier versions of Apus have none.
    package static let version = 2

    private let configuration: TrainingConfiguration
    private let data: String?

    /// Creates the content of a file.
    ///
    /// - Parameter data: The path of the data; nil for settings alone.
    package init(_ configuration: TrainingConfiguration, data: String? = nil) {
        (self.configuration, self.data) = (configuration, data)
    }

    /// The settings by their keys. Those that are nil are left out.
    package func settings() throws -> [String: ConfigurationValue] {
        let groups = try ConfigurationValue(encoding: configuration)
        return ConfigurationKey.all.reduce(into: [:]) { settings, key in
            settings[key.name] = groups[key.path].flatMap { key.kind.file($0) }
        }
    }

    /// Writes the file.
    package func encode(to encoder: any Encoder) throws {
        var settings = try settings()
        settings["version"] = .integer(Self.version)
        settings["data"] = data.map { .text($0) }
        try settings.encode(to: encoder)
    }
}

/// A model of a server.
public struct RemoteModel: Sendable, Hashable, Decodable {
    /// Whether a model can be used.
    public enum State: String, Sendable, Hashable, Decodable {
        /// The model is being loaded.
        case loading
        /// The model can be used.
        case ready
        /// The model failed to load.
        case failed
    }

    /// The name of the model.
    public let name: String
    /// The version of the model.
    public let version: String
    /// Whether the model can be used. If it can't, only `message` is known.
    public let state: State
    /// Why the model failed to load, or why its changed file could not replace it; otherwise nil.
    public let message: String?
    /// The name of the architecture, such as `mobilenet_v2`.
    public let architecture: String?
    /// The names of the classes in the order of the outputs.
    public let classes: [String]?
    /// The display names of the classes; nil if the model has none.
    public let displayNames: [String]?
    /// The side of the network's square input in pixels.
    public let inputSize: Int?
    /// Whether an image can have several labels.
    public let isMultiLabel: Bool?
    /// The probability below which images are rejected as unknown; nil if the model has no threshold.
    public let unknownThreshold: Double?
    /// The engine of the server, such as `OpenVINO 2026.4.1, float32, 2 streams`.
    public let engine: String?

    /// The answer of a server with its models.
    struct List: Decodable {
        let models: [RemoteModel]
    }
}

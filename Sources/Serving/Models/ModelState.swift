internal import Classifier
internal import Inference

/// Whether a model can be used.
public struct ModelState: Sendable, Hashable {
    /// The states of a model.
    public enum State: String, Sendable, Hashable, Codable {
        case loading
        case ready
        case failed
    }

    /// The name of the model.
    public let name: String
    /// The version of the model.
    public let version: String
    /// The state.
    public let state: State
    /// Why the model failed to load, or why its changed file could not replace it; otherwise nil. It contains no path.
    public let message: String?
}

/// An event in the life of a model, for the log. Its description contains paths.
public enum ModelEvent: Sendable, CustomStringConvertible {
    /// The model is ready, after this time.
    case loaded(ServedModel, Duration)
    /// The changed file of the model has replaced the former one, after this time.
    case reloaded(ServedModel, Duration)
    /// The model failed to load. The others are served.
    case failed(ModelSpecification, any Error)
    /// The changed file of the model failed to load. The former model is still served.
    case reloadFailed(ModelSpecification, any Error)

    /// One line.
    public var description: String {
        switch self {
        case .loaded(let model, let time):
            "the model \(Self.title(model.specification)) is ready (\(model.summary), \(Self.seconds(time)) s)"
        case .reloaded(let model, let time):
            "the model \(Self.title(model.specification)) is replaced by its changed file "
                + "(\(model.summary), \(Self.seconds(time)) s)"
        case .failed(let model, let error):
            "the model \(Self.title(model)) failed to load: \(error)"
        case .reloadFailed(let model, let error):
            "the changed file of the model \(Self.title(model)) failed to load, so the former model is still served: "
                + "\(error)"
        }
    }

    private static func title(_ model: ModelSpecification) -> String { "'\(model.name)' of version \(model.version)" }

    private static func seconds(_ time: Duration) -> String {
        let milliseconds = Int(time / .milliseconds(1))
        return "\(milliseconds / 1000).\(milliseconds % 1000 / 100)"
    }
}

/// Returns why a model failed to load, for clients. The error itself may contain paths of the machine.
func loadingFailure(_ error: any Error) -> String {
    if error is InferenceError { return "OpenVINO can't run its network" }
    return switch (error as? ApusError)?.code {
    case .unreadableFile?: "its file can't be read"
    case .damagedFile?: "its file is damaged"
    case .newerFormat?: "its file was written by a newer version of Apus"
    case .notAClassifier?: "its file contains no classes and preprocessing"
    case .unsupportedInput?: "its network expects normalized input"
    case .unknownModel?: "no network has its name"
    case .noWeights?: "its network has no published weights"
    case .needsLibTorch?, .unsupportedForONNX?: "only LibTorch can run its network"
    case .engineUnsupported?: "OpenVINO can't run its network"
    case .notFinite?: "its network returns NaN or infinite values"
    case .systemFailure?: "the system has too few resources"
    default: "its file can't be used"
    }
}

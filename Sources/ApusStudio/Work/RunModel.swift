internal import Apus
internal import Classifier
internal import LibC
internal import Platform
internal import Serving
internal import Torch

/// The model of a run, open for predictions.
///
/// It predicts single images on a thread of its own, so that the thread of networks stays free for other work.
actor RunModel {
    /// The path of its file.
    nonisolated let path: String
    /// The version of the file that is open.
    nonisolated let version: String
    nonisolated let classifier: ImageClassifier

    private let executor = TensorExecutor(name: "try")
    private var lane: ClassificationLane?
    /// Whether OpenVINO, which has lanes, can't run the network.
    private var lacksLanes = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ path: String, version: String) async throws {
        (self.path, self.version) = (path, version)
        classifier = try await ImageClassifier(contentsOf: path, device: .cpu)
    }

    /// The version of a model file: its size and time; nil if there is none. It survives a restart of the machine.
    static func version(of path: String) -> String? {
        FilePath(path).status().map { "\(String($0.size, radix: 36))-\(String($0.modified, radix: 36))" }
    }

    /// Predicts the image in the bytes of a file.
    ///
    /// - Throws: `ImageError` or `ApusError` if it is not an image, and the errors of the engine.
    func predict(_ image: [UInt8], top: Int) async throws -> Prediction {
        guard let lane = try await openedLane() else { return try await classifier.predict(image, top: top) }
        _ = try lane.read(image, maximumPixels: ServingConfiguration.Limits().maxPixels, at: 0)
        let outputs = try lane.compute(1)
        return try classifier.predictions([("image", nil)], outputs, top: top, includesLogits: false)[0]
    }

    private func openedLane() async throws -> ClassificationLane? {
        if lane == nil, !lacksLanes {
            do {
                lane = try await classifier.makeLanes(1).lanes.first
            } catch let error as ApusError where error.code == .engineUnsupported {
                lacksLanes = true
            }
        }
        return lane
    }
}

/// The models of runs. The last two that were used stay open.
actor RunModels {
    private static let capacity = 2

    private let runs: RunService
    /// The open models, the last one that was used at the end.
    private var opened: [(path: String, version: String, task: Task<RunModel, any Error>)] = []

    init(_ runs: RunService) { self.runs = runs }

    /// Returns the best model of a run so far. It is opened again when its file has changed.
    ///
    /// - Throws: `StudioError` if the run has none yet, and the errors of opening it.
    func model(of run: String) async throws -> RunModel {
        let path = try runs.directory(of: run) + "/best.safetensors"
        guard let version = RunModel.version(of: path) else { throw StudioError.noModel(run) }
        let present = opened.first { $0.path == path && $0.version == version }?.task
        let task = present ?? Task { try await RunModel(path, version: version) }
        opened.removeAll { $0.path == path }
        opened = (opened + [(path, version, task)]).suffix(Self.capacity)
        do {
            return try await task.value
        } catch {
            opened.removeAll { $0.task == task }
            throw StudioError(ofModel: error)
        }
    }
}

extension StudioError {
    /// The run has saved no model.
    static func noModel(_ run: String) -> StudioError {
        StudioError(.conflict, "'\(run)' has no model yet; it has one after its first epoch")
    }

    /// The error for the page of an error of a classifier: whether the image, the machine or the model is to blame.
    init(ofModel error: any Error) {
        guard let error = error as? ApusError else {
            self.init(describing: error)
            return
        }
        let code: Code =
            switch error.code {
            case .unreadableImage: .invalid
            case .needsLibTorch, .systemFailure, .unsupportedForONNX, .unsuitableLayer, .engineUnsupported: .unavailable
            default: .failed
            }
        self.init(code, "\(error)")
    }
}

internal import Apus
internal import Classifier
internal import Images
internal import TorchVision

/// The ways to train that the page offers.
enum TrainingPreset: String, Sendable, Codable, CaseIterable {
    /// The features of a pretrained network are computed once, and only the head is trained on them.
    case quick
    /// All layers are trained.
    case better
    /// The defaults of `apus train`, and whatever the user changes.
    case own

    /// The settings that differ from the defaults of `apus train`, by their keys.
    ///
    /// - Parameters:
    ///   - images: the number of training images.
    ///   - cached: whether the weights of a network are in the cache.
    func settings(images: Int, cached: (String) -> Bool) -> [String: ConfigurationValue] {
        let batchSize = ConfigurationValue.integer(Self.batchSize(images: images))
        switch self {
        case .quick:
            // About 300 steps of a linear layer, which take seconds.
            return [
                "model": .text(["mobilenet_v2", "resnet18", "resnet50"].first(where: cached) ?? "mobilenet_v2"),
                "strategy": .text("frozen"), "cache-features": .bool(true), "epochs": .integer(30),
                "batch-size": batchSize, "schedule": .text("cosine"), "no-report": .bool(true),
            ]
        case .better:
            // The head learns first, so that its random weights do not spoil the pretrained layers. Then all layers
            // are trained at a tenth of the learning rate.
            return [
                "model": .text(["resnet18", "mobilenet_v2", "resnet50"].first(where: cached) ?? "resnet18"),
                "strategy": .text("gradual:1"), "epochs": .integer(images < 2000 ? 10 : 6), "batch-size": batchSize,
                "optimizer": .text("adamw"), "weight-decay": .number(0.01), "schedule": .text("cosine"),
                "label-smoothing": .number(0.1),
                "train-transforms": .text(
                    "randomResizedCrop(224, scale: 0.4...1), flip, colorJitter(brightness: 0.2, contrast: 0.2)"),
            ]
        case .own:
            return [:]
        }
    }

    /// A power of two from 8 to 64 with which an epoch has at least ten steps, if there are enough images.
    private static func batchSize(images: Int) -> Int {
        [64, 32, 16].first { images >= 10 * $0 } ?? 8
    }

    /// The configuration of a run.
    ///
    /// - Parameters:
    ///   - changes: the settings of the user by their keys; null for the default.
    ///   - images: the number of training images.
    ///   - store: the published weights.
    /// - Throws: `StudioError` that names the setting with a wrong value.
    func configuration(
        _ changes: [String: ConfigurationValue], images: Int, store: WeightsStore
    ) throws(StudioError) -> TrainingConfiguration {
        let settings = settings(images: images, cached: { Self.isCached($0, store) })
            .merging(changes) { $1 }.filter { $0.value != .null }
        if let foreign = settings.keys.sorted().first(where: Self.unavailable.contains) {
            throw StudioError(.invalid, "the setting '\(foreign.shown)' is decided by the project's own table")
        }
        do {
            let configuration = try TrainingConfiguration.read(settings)
            try configuration.validate()
            return configuration
        } catch let error as ApusError {
            throw StudioError(.invalid, SettingNames.named(in: "\(error)"))
        } catch {
            throw StudioError(.invalid, "\(error)")
        }
    }

    private static func isCached(_ name: String, _ store: WeightsStore) -> Bool {
        (Architecture.named(name)?.weights.first).map { store.cachedSize(of: $0.file) != nil } ?? false
    }

    /// The settings for finding labels and splits, which the table of a run has already.
    static let unavailable: Set<String> = [
        "label-pattern", "label-column", "path-column", "label-separator", "root", "cache", "every", "group-pattern",
        "classes", "class-names", "val-split", "test-split",
    ]
}

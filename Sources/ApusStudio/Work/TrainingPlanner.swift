internal import Apus
internal import Classifier
internal import Images
internal import LibC
internal import Platform
internal import StudioProject
internal import Torch
internal import TorchVision

/// What the page offers for a new run.
struct TrainingChoices: Sendable, Encodable {
    struct Preset: Sendable, Encodable {
        let id: TrainingPreset
        let defaults: [String: ConfigurationValue]
    }
    struct Network: Sendable, Encodable {
        let name: String
        let parameters: Int
        /// Whether its weights are here.
        let cached: Bool
        /// The size of the file of weights.
        let megabytes: Double
    }

    let presets: [Preset]
    let groups: [SettingGroup]
    let networks: [Network]
    /// The number of labeled photos.
    let labeled: Int
    /// What has to be done before a run can begin.
    let problems: [String]
}

/// What a run would do. LibTorch's own plan would need seconds, so this one comes from the tables of networks.
struct RunPlan: Sendable, Encodable {
    @OrNull var seconds: Double? = nil
    var epochs = 0
    var network = ""
    let trainingImages: Int
    let validationImages: Int
    let testImages: Int
    /// The memory that training needs at least, in bytes.
    var memory = 0
    var notes: [String] = []
    /// The bytes of weights to download; null if they are here or not needed.
    @OrNull var download: Int? = nil
    var problems: [String]
    /// Photos for a test set, which is drawn when the run starts. Not for the page.
    var testPhotos: [Int] = []

    private enum CodingKeys: String, CodingKey {
        case seconds, epochs, network, trainingImages, validationImages, testImages, memory, notes, download, problems
    }
}

/// Plans the runs of a project.
struct TrainingPlanner: Sendable {
    /// The fraction of the labeled photos that is set aside for the test, and the number from which on it is.
    private static let (testFraction, testMinimum) = (0.2, 50)

    let context: StudioContext
    let runs: RunService

    /// The presets, the settings and the networks.
    func choices() throws -> TrainingChoices {
        let data = try TrainingRows(context.project)
        let entries = try ModelEntry.list(store: context.store)
        let cached = Set(entries.filter { $0.weights.first?.cachedPath != nil }.map(\.name))
        return TrainingChoices(
            presets: TrainingPreset.allCases.map { preset in
                TrainingChoices.Preset(
                    id: preset, defaults: preset.settings(images: data.training, cached: cached.contains))
            },
            groups: try SettingGroup.all(networks: entries.map(\.name)),
            networks: entries.map { entry in
                TrainingChoices.Network(
                    name: entry.name, parameters: entry.parameters, cached: cached.contains(entry.name),
                    megabytes: Double(entry.weights.first?.cachedBytes ?? 4 * entry.parameters) / 1e6)
            },
            labeled: context.project.counts.labeled, problems: problems(data))
    }

    /// Plans a run.
    func plan(
        _ preset: TrainingPreset, _ changes: [String: ConfigurationValue]
    ) throws -> (plan: RunPlan, configuration: TrainingConfiguration?) {
        let data = try TrainingRows(context.project)
        let drawn = drawsTest ? data.testPhotos(Self.testFraction) : []
        // A fifth of what is left is for validation, as before.
        let labeled = data.training + data.validation
        let left = Double(labeled - drawn.count) / Double(max(1, labeled))
        let training = Int((Double(data.training) * left).rounded())
        var plan = RunPlan(
            trainingImages: training, validationImages: labeled - drawn.count - training,
            testImages: data.test + drawn.count, problems: problems(data), testPhotos: drawn)
        plan.notes = notes(data, drawn: drawn.count)
        let configuration: TrainingConfiguration
        do {
            let resolved = try resolvingFiles(changes)
            configuration = try preset.configuration(resolved, images: training, store: context.store)
        } catch {
            plan.problems.append(error.message)
            return (plan, nil)
        }
        (plan.epochs, plan.network) = (configuration.epochs, configuration.model)
        addNetwork(configuration, to: &plan)
        if plan.problems.isEmpty {
            let estimate = TrainingEstimate(
                machine: TrainingEstimate.Machine(context.project), runs: runs.allFiles)
            plan.seconds = estimate.seconds(
                configuration, training: plan.trainingImages, validation: plan.validationImages)
            if plan.seconds == nil { plan.notes.append("How long it takes is unknown before the first epoch.") }
        }
        return (plan, configuration)
    }

    /// Whether a test set is drawn before the run.
    private var drawsTest: Bool {
        let counts = context.project.counts
        return counts.test == 0 && counts.labeled >= Self.testMinimum
    }

    /// The weights and the memory of the network.
    private func addNetwork(_ configuration: TrainingConfiguration, to plan: inout RunPlan) {
        let reference: ModelReference
        do {
            reference = try ModelReference(configuration.model)
        } catch {
            plan.problems.append("\(error)")
            return
        }
        let parameters = reference.architecture.parameterCount
        plan.memory = memory(configuration, reference, images: plan.trainingImages)
        if plan.memory > SystemMemory.size / 10 * 9 {
            plan.notes.append(
                "This may need more memory than this machine has. Use a smaller `batch-size` or network.")
        }
        guard configuration.network.initialWeights == .pretrained, !reference.architecture.isOwn else { return }
        guard let weights = reference.weights else {
            plan.problems.append(
                "No weights are published for \(configuration.model). Choose another network, or `fresh`.")
            return
        }
        guard context.store.cachedSize(of: weights.file) == nil else { return }
        plan.download = 4 * parameters
        if !Reachability.mayFetch(weights.file, by: context.store) {
            plan.problems.append(
                "The weights of \(configuration.model) are not on this machine, and their server can't be reached. "
                    + "Connect to the internet, put the file at \(context.store.path(of: weights.file).printable), or "
                    + "choose a network whose weights are here.")
        }
    }

    /// The memory in bytes: LibTorch, weights with gradients and moments, and the outputs of layers for a batch, by the
    /// multiply-adds of the network.
    private func memory(_ configuration: TrainingConfiguration, _ reference: ModelReference, images: Int) -> Int {
        let parameters = reference.architecture.parameterCount
        let base = 500 << 20
        let kind = TrainingEstimate.Kind(configuration, images: images)
        guard kind == .full || kind == .partial else { return base + 8 * parameters }
        let operations = (reference.weights ?? reference.architecture.weights.first)?.gigaflops ?? 1
        let activations = operations * (TrainingEstimate.isDepthwise(configuration.model) ? 450e6 : 45e6)
        let share = kind == .full ? 1.0 : 0.4
        return base + Int(Double(16 * parameters) * share)
            + Int(Double(min(configuration.data.batchSize, max(1, images))) * activations * share)
    }

    /// What has to be done before a run can begin.
    private func problems(_ data: TrainingRows) -> [String] {
        var problems: [String] = []
        let classes = data.classes.keys.sorted()
        if classes.count < 2 {
            problems.append(
                classes.isEmpty
                    ? "No photo has a label. Label photos of two classes or more first."
                    : "Only one class has labeled photos. Label photos of two classes or more first.")
        }
        let small = classes.filter { data.classes[$0, default: 0] < 2 }
        if !small.isEmpty {
            problems.append(
                "\(enumeration(of: small.map(\.printable), atMost: 5)): fewer than 2 labeled photos outside of the test "
                    + "set. Label more, or merge or delete the class.")
        }
        if !LibTorch.isAvailable {
            problems.append("Training needs LibTorch, which is not installed. Install the package apus-train.")
        }
        return problems
    }

    private func notes(_ data: TrainingRows, drawn: Int) -> [String] {
        var notes: [String] = []
        if drawn > 0 {
            notes.append(
                "\(counted(drawn, "random photo")) of \(data.training + data.validation) labeled ones are set aside as "
                    + "the test set first. They are never trained on, so that the result is honest.")
        }
        let unlabeled = context.project.counts.unlabeled
        if unlabeled > 0 { notes.append("\(counted(unlabeled, "photo")) without a label: not used.") }
        return notes
    }

    /// Returns the settings with absolute paths of files, which must be in the project's folder.
    private func resolvingFiles(
        _ changes: [String: ConfigurationValue]
    ) throws(StudioError) -> [String: ConfigurationValue] {
        var changes = changes
        for key in ["weights", "model"] {
            guard case .text(let text)? = changes[key] else { continue }
            if key == "model", Architecture.named(String(text.prefix { $0 != ":" })) != nil { continue }
            let path = text.hasPrefix("/") ? text : context.project.folder + "/" + text
            guard let real = path.realPath, let root = context.project.folder.realPath, real.hasPrefix(root + "/")
            else {
                throw StudioError(
                    .invalid, "\(key) '\(text.shown)' is neither a known name nor a file in the project's folder")
            }
            changes[key] = .text(real)
        }
        return changes
    }
}

/// The labeled photos of a project, counted.
struct TrainingRows: Sendable {
    private(set) var (training, validation, test) = (0, 0, 0)
    /// The number of training and validation photos of each class that has labeled photos.
    private(set) var classes: [String: Int] = [:]
    private var photos: [String: [Int]] = [:]

    init(_ project: Project) throws {
        for row in try project.table() {
            switch row.split {
            case .train: training += 1
            case .val: validation += 1
            case .test: test += 1
            }
            classes[row.label, default: 0] += row.split == .test ? 0 : 1
            if row.split != .test { photos[row.label, default: []].append(row.photo.id) }
        }
    }

    /// Draws a fraction of the photos of each class at random.
    func testPhotos(_ fraction: Double) -> [Int] {
        photos.sorted { $0.key < $1.key }.enumerated().flatMap { place, photos in
            let count = photos.value.count < 5 ? 0 : Int((Double(photos.value.count) * fraction).rounded())
            var random = CountedRandom(seed: 17, epoch: 0, index: place)
            return random.permutation(of: photos.value.count).prefix(count).map { photos.value[$0] }
        }
    }
}

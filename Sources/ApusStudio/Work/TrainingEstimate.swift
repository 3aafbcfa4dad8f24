internal import Apus
internal import Foundation
internal import Images
internal import Platform
internal import StudioProject
internal import TorchVision

/// Estimates how long a run takes: `images * epochs * seconds per image`.
///
/// The seconds per image are, from the best source to the worst:
/// 1. those of earlier runs here with the same network and the same kind of training;
/// 2. those of other earlier runs here, scaled by the costs of both networks below;
/// 3. the cost of the network below, scaled to this machine by the time that it takes to decode an image.
///
/// To that comes the time for decoding the project's own photos, which for large photos is more than that of a small
/// network. Both times are measured once, in less than half a second, and kept in the project's settings.
struct TrainingEstimate: Sendable {
    /// The kinds of training, by what an epoch costs.
    enum Kind: Sendable, Hashable {
        /// The features are computed once. The epochs take next to nothing.
        case cached
        /// Only the head is trained.
        case frozen
        /// The last stages are trained.
        case partial
        /// All layers are trained.
        case full

        init(_ configuration: TrainingConfiguration, images: Int) {
            let isFresh = configuration.network.initialWeights == .random
            self =
                switch configuration.network.strategy {
                case _ where configuration.compute.cachesFeatures: .cached
                case .auto where isFresh: .full
                case .auto: images < 5000 ? .frozen : images < 50_000 ? .partial : .full
                case .frozen, .last(1): .frozen
                case .last: .partial
                case .all, .gradual: .full
                }
        }
    }

    /// What was measured on this machine, for these photos.
    struct Machine: Codable, Sendable, Equatable {
        /// The processor.
        var processor: String
        /// The seconds for decoding the reference image on one processor.
        var reference: Double
        /// The mean seconds for decoding a photo of the project on one processor.
        var decoding: Double
        /// The number of photos when it was measured.
        var photos: Int
    }

    /// The seconds until the first image is read: LibTorch, the network, the table.
    private static let startSeconds = 3.0
    /// The seconds of `reference` on the machine on which the costs below were measured, and its processors.
    private static let (referenceSeconds, referenceProcessors) = (0.0035, 2.0)

    let machine: Machine
    /// Earlier runs: the network, the kind, and the seconds for an image.
    let earlier: [(model: String, kind: Kind, seconds: Double)]

    /// - Parameters:
    ///   - machine: what was measured.
    ///   - runs: the files of earlier runs. Those of other processors do not count.
    init(machine: Machine, runs: [RunFiles]) {
        self.machine = machine
        earlier = runs.compactMap { files in
            guard let start = files.start, let configuration = files.configuration,
                start.processor == nil || start.device != "cpu" || start.processor == machine.processor,
                let seconds = files.secondsPerImage
            else { return nil }
            return (configuration.model, Kind(configuration, images: start.trainingImages), seconds)
        }
    }

    /// The seconds of a run; nil if they are unknown.
    ///
    /// - Parameters:
    ///   - configuration: the settings.
    ///   - training: the number of training images.
    ///   - validation: the number of validation images.
    func seconds(_ configuration: TrainingConfiguration, training: Int, validation: Int) -> Double? {
        let kind = Kind(configuration, images: training)
        let limited = configuration.data.limit.map { min($0, training) } ?? training
        let images = Double(limited + validation)
        let isOnCPU = configuration.compute.device == "cpu" || !Graphics.mayBePresent
        guard let perImage = secondsPerImage(configuration.model, kind, isOnCPU: isOnCPU) else { return nil }
        guard kind != .cached else {
            let views = Double(configuration.compute.cachedViews ?? 1)
            // A linear layer learns some ten thousand images a second.
            return Self.startSeconds + images * views * perImage + images * Double(configuration.epochs) * 1e-4
        }
        let epochs: Double
        if case .gradual(let head) = configuration.network.strategy,
            let cheap = secondsPerImage(configuration.model, .frozen, isOnCPU: isOnCPU)
        {
            epochs = Double(configuration.epochs - head) + Double(head) * min(1, cheap / perImage)
        } else {
            epochs = Double(configuration.epochs)
        }
        return Self.startSeconds + images * epochs * perImage
    }

    private func secondsPerImage(_ model: String, _ kind: Kind, isOnCPU: Bool) -> Double? {
        let same = earlier.filter { $0.model == model && $0.kind == kind }
        if let last = same.last { return last.seconds }
        // The speed of a graphics processor is unknown before the first run.
        guard isOnCPU, let cost = Self.cost(model, kind) else { return nil }
        let processors = Double(ProcessorCount.available)
        let scale = machine.reference / Self.referenceSeconds * Self.referenceProcessors / processors
        let others = earlier.compactMap { run -> Double? in
            Self.cost(run.model, run.kind).map { run.seconds / ($0 * scale + machine.decoding / processors) }
        }.sorted()
        let correction = others.isEmpty ? 1 : others[others.count / 2]
        return (cost * scale + machine.decoding / processors) * correction
    }

    /// The seconds that an image costs in an epoch, a fifth of them for validation, on two processors with AVX-512,
    /// whose times for several networks are the base: milliseconds per billion multiply-adds and a constant.
    ///
    /// - Returns: nil for networks whose multiply-adds are unknown.
    private static func cost(_ model: String, _ kind: Kind) -> Double? {
        guard let reference = try? ModelReference(model),
            let operations = (reference.weights ?? reference.architecture.weights.first)?.gigaflops
        else { return nil }
        let inference = 0.001 + 0.004 * operations
        // Depthwise convolutions have few multiply-adds, but move as much memory in training as others.
        let training = 0.004 + 0.001 * (isDepthwise(model) ? 130 : 15) * operations
        return switch kind {
        case .cached, .frozen: inference
        case .partial: inference + 0.8 * 0.4 * training
        case .full: 0.8 * training + 0.2 * inference
        }
    }

    /// Whether most layers of a network are depthwise convolutions.
    static func isDepthwise(_ model: String) -> Bool {
        ["mobilenet", "efficientnet", "mnasnet", "shufflenet"].contains { model.hasPrefix($0) }
    }
}

extension TrainingEstimate.Machine {
    private static let setting = "train.machine"

    /// What was measured for a project before, or now.
    init(_ project: Project) {
        let photos = project.counts.photos
        let known = project.setting(Self.setting).flatMap {
            try? JSONDecoder().decode(Self.self, from: Data($0.utf8))
        }
        if let known, known.processor == Processors.summary, (photos + 1) / 2 <= known.photos,
            known.photos <= 2 * photos + 1
        {
            self = known
            return
        }
        let reference = Self.referenceImage.flatMap { bytes in
            (0..<5).compactMap { _ in Self.seconds { _ = try Image(decoding: bytes) } }.min()
        }
        processor = Processors.summary
        self.reference = reference ?? 0.0035
        decoding = Self.decoding(of: project)
        self.photos = photos
        if let json = try? JSONEncoder().encode(self) {
            try? project.set(setting: Self.setting, to: String(decoding: json, as: UTF8.self))
        }
    }

    /// The mean seconds for decoding a photo, of at most ten photos and in at most 0.3 seconds.
    private static func decoding(of project: Project) -> Double {
        guard let ids = try? project.ids(PhotoFilter()), !ids.isEmpty else { return 0 }
        var times: [Double] = []
        for place in stride(from: 0, to: ids.count, by: max(1, ids.count / 10)) where times.reduce(0, +) < 0.3 {
            guard let photo = try? project.photo(ids[place]), let path = try? project.absolutePath(of: photo) else {
                continue
            }
            if let time = seconds({ _ = try Image(contentsOf: path) }) { times.append(time) }
        }
        return times.isEmpty ? 0 : times.reduce(0, +) / Double(times.count)
    }

    /// A JPEG file of half a million pixels.
    private static var referenceImage: [UInt8]? {
        let (width, height) = (800, 600)
        var pixels = [UInt8](repeating: 0, count: 3 * width * height)
        for place in pixels.indices { pixels[place] = UInt8(truncatingIfNeeded: (place &* 2_654_435_761) >> 13 & 63) }
        return try? Image(width: width, height: height, pixels: pixels).jpegData(quality: 80)
    }

    private static func seconds(_ work: () throws -> Void) -> Double? {
        // Not the time on the clock: a training may use all processors now.
        let began = ProcessorTime.ofThread
        guard (try? work()) != nil else { return nil }
        return ProcessorTime.ofThread - began
    }
}

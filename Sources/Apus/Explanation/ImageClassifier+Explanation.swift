public import Classifier
public import Images
internal import Torch
internal import TorchNN
internal import TorchVision

extension ImageClassifier {
    /// Explains predictions: finds the evidence for a class in images.
    ///
    /// - Parameters:
    ///   - images: the images. They are explained one after the other, with bounded memory.
    ///   - options: the method, the class and the layer.
    ///   - reader: reads the explanation of each image, the unreadable images, and the progress within an image. An
    ///     error that it throws ends the work.
    /// - Throws: `ApusError` for an unknown class or layer, or an invalid option.
    public func explain(
        _ images: any ImageDataset, options: ExplanationOptions = .init(),
        readBy reader: @escaping @Sendable (EventSequence<ImageEvent<Explanation>>) async throws -> Void
    ) async throws {
        try await withEvents(readBy: reader, isProgress: \.isProgress) { events in
            let explainer = try explainer(options) { events.send(.progress(done: $0, total: $1)) }
            for index in 0..<images.count {
                try events.checkCancellation()
                guard let image = try await prepared(images, index, events) else { continue }
                try await events.sendAndWait(.result(explanation(of: image, by: explainer)))
            }
        }
    }

    private func explainer(
        _ options: ExplanationOptions, progress: @escaping (Int, Int) -> Void = { _, _ in }
    ) throws -> Explainer {
        try options.check(side: description.preprocessing.cropSize)
        let target = try options.target.map(index)
        if let layer = options.layer, !options.method.usesLayer {
            throw ApusError(
                .invalidConfiguration, name: "layer", value: layer,
                "\(options.method.rawValue) works on pixels and does not use a layer such as '\(layer)'")
        }
        return Explainer(
            try network, options, target: target, layer: options.method.usesLayer ? try mapLayer(options.layer) : nil,
            progress: progress)
    }

    /// Explains the prediction for one image.
    ///
    /// - Throws: `ApusError` if the file is not a readable image, and as for several images.
    public func explain(_ path: String, options: ExplanationOptions = .init()) async throws -> Explanation {
        let image = SingleImage(path: path)
        switch try explain(image, at: 0, options: options) {
        case .success(let explanation): return explanation
        case .failure(let failure): throw image.unreadable(failure)
        }
    }

    /// Explains the prediction for the image at an index, or returns the reason why the image is unreadable.
    func explain(
        _ images: any ImageDataset, at index: Int, options: ExplanationOptions
    ) throws -> Result<Explanation, SampleFailure> {
        // Other work may have run before, while the task was canceled.
        try Task.checkCancellation()
        let explainer = try explainer(options)
        return switch try prepared(images, index) {
        case .success(let image): .success(try explanation(of: image, by: explainer))
        case .failure(let failure): .failure(failure)
        }
    }

    private func explanation(of image: PreparedImage, by explainer: Explainer) throws -> Explanation {
        let outputs: [Float] = try withoutGradient { try explainer.network(image.input).array() }
        try OutputCheck.demandFinite(outputs, of: image.file, by: "LibTorch")
        let row = try Logits(outputs, images: 1, classes: classes.count)[0]
        let (best, rule) = (row.best, Probabilities(of: description))
        func candidate(_ index: Int) -> Prediction.Candidate {
            .init(
                label: classes[index], name: description.allDisplayNames?[index], index: index,
                probability: Double(rule(row, of: [index])[0]))
        }
        let target = explainer.target ?? best
        try Task.checkCancellation()
        let heat = try explainer.heat(image.input, target: target)
        let values: [Float] = try heat.array()
        try OutputCheck.demandFinite(
            values, "values of the \(explainer.options.method.rawValue) map", of: image.file, by: "LibTorch")
        return Explanation(
            file: image.file, method: explainer.options.method, layer: explainer.layer?.name,
            target: candidate(target), score: Double(row[target]), predicted: candidate(best),
            heat: ValueMap(width: heat.shape[1], height: heat.shape[0], values: values), image: image.image,
            view: image.view, viewArea: image.viewArea)
    }
}

/// An image prepared for a network.
struct PreparedImage {
    /// The path of the image.
    let file: String
    /// The image in its upright orientation.
    let image: Image
    /// The resized and cropped image.
    let view: Image
    /// The area of `view` in the image.
    let viewArea: ImageArea
    /// The network's input, `[1, 3, side, side]`.
    let input: Tensor
}

extension ImageClassifier {
    /// Prepares the image at an index; returns nil and reports an event if it is unreadable.
    func prepared<Value>(
        _ images: any ImageDataset, _ index: Int, _ events: EventChannel<ImageEvent<Value>>
    ) async throws -> PreparedImage? {
        switch try prepared(images, index) {
        case .success(let image): return image
        case .failure(let failure):
            try await events.sendAndWait(.unreadable(failure))
            return nil
        }
    }

    /// Prepares the image at an index, or returns the reason why it is unreadable.
    private func prepared(
        _ images: any ImageDataset, _ index: Int
    ) throws -> Result<PreparedImage, SampleFailure> {
        let preprocessing = description.preprocessing
        let file = images.name(at: index)
        let image: Image
        do {
            image = try images.image(at: index, options: preprocessing.readingOptions)
        } catch {
            if (error as? ImageError)?.isSystemFailure == true { throw error }
            return .failure(SampleFailure(index: index, name: file, error: error))
        }
        var random = CountedRandom(seed: 0, epoch: 0, index: index)
        let view = preprocessing.evaluationTransforms.apply(to: image, using: &random)
        let pixels = try Tensor(view.pixels, shape: [1, view.height, view.width, 3])
        return .success(
            PreparedImage(
                file: file, image: image, view: view,
                viewArea: ImageArea(of: preprocessing, width: image.width, height: image.height),
                input: try Normalizer(preprocessing, device: device)(pixels)))
    }
}

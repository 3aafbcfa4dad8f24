public import Classifier
public import Images
internal import Torch
internal import TorchNN
internal import TorchVision

extension ImageClassifier {
    /// Finds out which places of pictures speak for a class.
    ///
    /// - Parameters:
    ///   - pictures: what is explained, one after the other; memory stays bounded however many there are.
    ///   - options: the method, the class, the layer.
    ///   - reader: reads the explanation of each image when it is done, the images that can't be read, and in between how
    ///     many copies of an image have passed the network; what it throws ends the work.
    /// - Throws: `ApusError` for a class or layer that is not there, and for numbers with which nothing can be computed.
    public func explain(
        _ pictures: any ImageDataset, options: ExplanationOptions = .init(),
        readBy reader: @escaping @Sendable (EventSequence<ImageEvent<Explanation>>) async throws -> Void
    ) async throws {
        try await withEvents(readBy: reader, isProgress: \.isProgress) { events in
            let explainer = try explainer(options) { events.send(.progress(done: $0, total: $1)) }
            for index in 0..<pictures.count {
                guard let picture = try await prepared(pictures, index, events) else { continue }
                try await events.sendAndWait(.result(explanation(of: picture, by: explainer)))
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
                "\(options.method.rawValue) looks at pixels, not at the maps of a layer such as '\(layer)'")
        }
        return Explainer(
            try network, options, target: target, layer: options.method.usesLayer ? try mapLayer(options.layer) : nil,
            progress: progress)
    }

    /// Finds out which places of one picture speak for a class.
    ///
    /// - Throws: `ApusError` for a file that is no picture, and as for many.
    public func explain(_ path: String, options: ExplanationOptions = .init()) async throws -> Explanation {
        let image = SingleImage(path: path)
        switch try explain(image, at: 0, options: options) {
        case .success(let explanation): return explanation
        case .failure(let failure): throw image.unreadable(failure)
        }
    }

    /// Finds out which places of the image at a place speak for a class, or why it can't be read.
    func explain(
        _ images: any ImageDataset, at index: Int, options: ExplanationOptions
    ) throws -> Result<Explanation, SampleFailure> {
        let explainer = try explainer(options)
        return switch try prepared(images, index) {
        case .success(let picture): .success(try explanation(of: picture, by: explainer))
        case .failure(let failure): .failure(failure)
        }
    }

    private func explanation(of picture: PreparedPicture, by explainer: Explainer) throws -> Explanation {
        let outputs: [Float] = try withoutGradient { try explainer.network(picture.input).array() }
        try OutputCheck.demandFinite(outputs, of: picture.file, by: "LibTorch")
        let row = try Logits(outputs, images: 1, classes: classes.count)[0]
        let (best, rule) = (row.best, Probabilities(of: description))
        func candidate(_ index: Int) -> Prediction.Candidate {
            .init(label: classes[index], index: index, probability: Double(rule(row, of: [index])[0]))
        }
        let target = explainer.target ?? best
        let heat = try explainer.heat(picture.input, target: target)
        let values: [Float] = try heat.array()
        try OutputCheck.demandFinite(
            values, "values of the \(explainer.options.method.rawValue) map", of: picture.file, by: "LibTorch")
        return Explanation(
            file: picture.file, method: explainer.options.method, layer: explainer.layer?.name,
            target: candidate(target), score: Double(row[target]), predicted: candidate(best),
            heat: ValueMap(width: heat.shape[1], height: heat.shape[0], values: values), picture: picture.image,
            view: picture.view, viewArea: picture.viewArea)
    }
}

/// A picture that is ready for a network, with what it was before.
struct PreparedPicture {
    /// Its path.
    let file: String
    /// The picture, upright.
    let image: Image
    /// The resized and cropped picture.
    let view: Image
    /// Where that lies in the picture.
    let viewArea: PictureArea
    /// The network's input, `[1, 3, side, side]`.
    let input: Tensor
}

extension ImageClassifier {
    /// The image at a place, ready for the network; nil where it can't be read, which is reported.
    func prepared<Value>(
        _ images: any ImageDataset, _ index: Int, _ events: EventChannel<ImageEvent<Value>>
    ) async throws -> PreparedPicture? {
        switch try prepared(images, index) {
        case .success(let picture): return picture
        case .failure(let failure):
            try await events.sendAndWait(.unreadable(failure))
            return nil
        }
    }

    /// The image at a place, ready for the network, or why it can't be read.
    private func prepared(
        _ images: any ImageDataset, _ index: Int
    ) throws -> Result<PreparedPicture, SampleFailure> {
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
            PreparedPicture(
                file: file, image: image, view: view,
                viewArea: PictureArea(of: preprocessing, width: image.width, height: image.height),
                input: try Normalizer(preprocessing, device: device)(pixels)))
    }
}

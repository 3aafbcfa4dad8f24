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
    ///   - progress: told within a picture how many of its copies have passed the network, and how many will.
    ///   - body: called for each picture when it is done; what it throws ends the work.
    /// - Throws: `ApusError` for a class or layer that is not there, and for numbers with which nothing can be computed.
    public func explain(
        _ pictures: any ImageDataset, options: ExplanationOptions = .init(),
        progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in },
        _ body: @Sendable (PictureResult<Explanation>) throws -> Void
    ) async throws {
        try options.check(side: description.preprocessing.cropSize)
        let target = try options.target.map(index)
        if let layer = options.layer, !options.method.usesLayer {
            throw ApusError("\(options.method.rawValue) looks at pixels, not at the maps of a layer such as '\(layer)'")
        }
        let explainer = Explainer(
            try network, options, layer: options.method.usesLayer ? try mapLayer(options.layer) : nil,
            progress: progress)
        try forEachPicture(pictures) { result in
            switch result {
            case .success(let picture): try body(.success(explanation(of: picture, target: target, by: explainer)))
            case .failure(let file, let message): try body(.failure(file: file, message: message))
            }
        }
    }

    /// Finds out which places of one picture speak for a class.
    ///
    /// - Throws: `ApusError` for a file that is no picture, and as for many.
    public func explain(_ path: String, options: ExplanationOptions = .init()) async throws -> Explanation {
        let answer = Answer<Explanation>()
        try await explain(PictureList(paths: [path]), options: options) { answer.value = $0 }
        switch answer.value {
        case .success(let explanation): return explanation
        case .failure(_, let message): throw ApusError(message)
        case nil: throw ApusError("\(path): no explanation was made")
        }
    }

    private func explanation(
        of picture: PreparedPicture, target: Int?, by explainer: Explainer
    ) throws -> Explanation {
        let outputs: [Float] = try withoutGradient { try explainer.network(picture.input).array() }
        try OutputCheck.demandFinite(outputs, of: picture.file, by: "LibTorch")
        let row = try Logits(outputs, images: 1, classes: classes.count)[0]
        let (best, rule) = (row.best, Probabilities(of: description))
        func candidate(_ index: Int) -> Prediction.Candidate {
            .init(label: classes[index], index: index, probability: Double(rule(row, of: [index])[0]))
        }
        let heat = try explainer.heat(picture.input, target: target ?? best)
        let values: [Float] = try heat.array()
        try OutputCheck.demandFinite(
            values, "values of the \(explainer.options.method.rawValue) map", of: picture.file, by: "LibTorch")
        return Explanation(
            file: picture.file, method: explainer.options.method, layer: explainer.layer?.name,
            target: candidate(target ?? best), score: Double(row[target ?? best]), predicted: candidate(best),
            heat: ValueMap(width: heat.shape[1], height: heat.shape[0], values: values), picture: picture.image,
            view: picture.view, viewArea: picture.viewArea)
    }
}

/// What a closure that runs on the actor hands back.
private final class Answer<Value: Sendable>: @unchecked Sendable {
    var value: PictureResult<Value>?
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
    /// Prepares pictures one by one and calls `body` with each, or with why it can't be read.
    func forEachPicture(
        _ pictures: any ImageDataset, _ body: (PictureResult<PreparedPicture>) throws -> Void
    ) throws {
        let preprocessing = description.preprocessing
        let normalizer = try Normalizer(preprocessing, device: device)
        for index in 0..<pictures.count {
            let file = pictures.name(at: index)
            let image: Image
            do {
                image = try pictures.image(at: index, options: preprocessing.readingOptions)
            } catch {
                if (error as? ImageError)?.isSystemFailure == true { throw error }
                let message = "\(error)"
                try body(.failure(file: file, message: message.contains(file) ? message : "\(file): \(message)"))
                continue
            }
            var random = CountedRandom(seed: 0, epoch: 0, index: index)
            let view = preprocessing.evaluationTransforms.apply(to: image, using: &random)
            let pixels = try Tensor(view.pixels, shape: [1, view.height, view.width, 3])
            try body(
                .success(
                    PreparedPicture(
                        file: file, image: image, view: view,
                        viewArea: PictureArea(of: preprocessing, width: image.width, height: image.height),
                        input: normalizer(pixels))))
        }
    }
}

internal import Torch
internal import TorchNN
public import TorchVision

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
        let logits = try withoutGradient { try explainer.network(picture.input)[0] }
        try OutputCheck.demandFinite(logits.array(), of: picture.file, by: "LibTorch")
        let probabilities = try Probabilities(of: description)(logits)
        let best: Int = try logits.argmax().item()
        func candidate(_ index: Int) throws -> Prediction.Candidate {
            let probability: Double = try probabilities[index].to(.float64).item()
            return Prediction.Candidate(label: classes[index], index: index, probability: probability)
        }
        let heat = try explainer.heat(picture.input, target: target ?? best)
        let values: [Float] = try heat.array()
        try OutputCheck.demandFinite(
            values, "values of the \(explainer.options.method.rawValue) map", of: picture.file, by: "LibTorch")
        return Explanation(
            file: picture.file, method: explainer.options.method, layer: explainer.layer?.name,
            target: try candidate(target ?? best), score: try logits[target ?? best].to(.float64).item(),
            predicted: try candidate(best),
            heat: ValueMap(width: heat.size(1), height: heat.size(0), values: values), picture: picture.image,
            view: picture.view, viewArea: picture.viewArea)
    }
}

/// What a closure that runs on the actor hands back.
private final class Answer<Value: Sendable>: @unchecked Sendable {
    var value: PictureResult<Value>?
}

internal import Drawing
internal import TorchVision

/// Where a network looked at pictures, as Grad-CAM shows it.
struct Attention: Sendable {
    /// So many pictures, each of which passes the network and back twice at most.
    static let pictureCount = 4

    /// The pictures; nil where none could be explained.
    var gallery: Gallery?
    /// Why there are none.
    var trouble: String?
}

extension ImageClassifier {
    /// Explains the grossest mistakes, each for the class that it was taken for and for its own; without mistakes, the
    /// pictures that the network was least certain of.
    func attention(in evaluation: Evaluation, on pictures: any ImageDataset) async -> Attention {
        let mistakes = evaluation.gallery.worst.filter { !$0.isCorrect }
        let chosen = (mistakes.isEmpty ? evaluation.gallery.leastCertain : mistakes).prefix(Attention.pictureCount)
        var items: [Gallery.Item] = []
        do {
            for outcome in chosen {
                let classes = [outcome.prediction.first, outcome.truth.first].compactMap(\.self)
                for target in classes.count == 2 && classes[0] == classes[1] ? [classes[0]] : classes {
                    guard let explanation = try await explanation(of: outcome.picture, in: pictures, target) else {
                        continue
                    }
                    items.append(try item(explanation, outcome))
                }
            }
        } catch {
            return Attention(trouble: "Grad-CAM can't tell of this network: \(error)")
        }
        guard !items.isEmpty else { return Attention() }
        let whose = mistakes.isEmpty ? "the least certain pictures" : "the grossest mistakes"
        return Attention(
            gallery: Gallery(
                title: "Grad-CAM of \(whose)",
                lead:
                    "What speaks for a class: red much, blue little, dark nothing. Each picture is shown as the network saw it.",
                items: items))
    }

    private func explanation(
        of picture: Int, in pictures: any ImageDataset, _ target: Int
    ) async throws -> Explanation? {
        var options = ExplanationOptions()
        options.target = .index(target)
        let found = Monitor<Explanation?>(nil)
        try await explain(Subset(of: pictures, indices: [picture]), options: options) { result in
            guard case .success(let explanation) = result else { return }
            found.withLock { $0 = explanation }
        }
        return found.withLock { $0 }
    }

    private func item(_ explanation: Explanation, _ outcome: PictureOutcome) throws -> Gallery.Item {
        let (view, heat) = (explanation.view, explanation.heat)
        let colors = try Raster(
            values: heat.values.map(Double.init), width: heat.width, height: heat.height, .turbo, range: 0...1)
        let mixed = zip(view.pixels, colors.pixels).map { UInt8((Int($0) + Int($1) + 1) / 2) }
        let target = explanation.target
        let isTrue = outcome.truth.contains(target.index)
        // As the model tells it, with its temperature.
        let probability =
            outcome.prediction.first == target.index
            ? outcome.probability : outcome.truthProbability ?? target.probability
        return Gallery.Item(
            picture: try Thumbnails.picture(of: Image(width: view.width, height: view.height, pixels: mixed)),
            description: "\(outcome.file): what speaks for \(target.label)", title: target.label,
            lines: [
                "\(probability.columnPercent), \(isTrue ? "what it is" : "what it was taken for")",
                outcome.file.fileName,
            ], mark: isTrue ? .right : .wrong)
    }
}

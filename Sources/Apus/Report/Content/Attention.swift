internal import Classifier
internal import Dispatch
internal import Drawing
internal import Images
internal import Platform
internal import Torch
internal import TorchVision

/// Grad-CAM explanations of some images.
struct Attention: Sendable {
    /// The number of explained images. Each takes at most two forward and backward passes.
    static let imageCount = 4

    /// The explained images; nil if none could be explained.
    var gallery: Gallery?
    /// The reason if there are none.
    var failure: String?
}

extension ImageClassifier {
    /// Explains the mistakes with the highest loss, each for the predicted and for the true class; without mistakes,
    /// the least certain images.
    func attention(in evaluation: Evaluation, on images: any ImageDataset) -> Attention {
        guard LibTorch.isAvailable else {
            return Attention(failure: "Grad-CAM and the embedding map need LibTorch, which is not installed.")
        }
        let mistakes = evaluation.gallery.worst.filter { !$0.isCorrect }
        let chosen = (mistakes.isEmpty ? evaluation.gallery.leastCertain : mistakes).prefix(Attention.imageCount)
        var items: [Gallery.Item] = []
        do {
            for outcome in chosen {
                let classes = [outcome.prediction.first, outcome.truth.first].compactMap(\.self)
                for target in classes.count == 2 && classes[0] == classes[1] ? [classes[0]] : classes {
                    var options = ExplanationOptions()
                    options.target = .index(target)
                    if case .success(let explanation) = try explain(images, at: outcome.image, options: options) {
                        items.append(try item(explanation, outcome))
                    }
                }
            }
        } catch {
            return Attention(failure: "Grad-CAM is not available for this network: \(error)")
        }
        guard !items.isEmpty else { return Attention() }
        let whose = mistakes.isEmpty ? "the least certain images" : "the mistakes with the highest loss"
        return Attention(
            gallery: Gallery(
                title: "Grad-CAM of \(whose)",
                lead:
                    "Evidence for a class: red strong, blue weak, dark none. Each image is shown as the network sees it.",
                items: items))
    }

    private func item(_ explanation: Explanation, _ outcome: ImageOutcome) throws -> Gallery.Item {
        let (view, heat) = (explanation.view, explanation.heat)
        let colors = try Raster(
            values: heat.values.map(Double.init), width: heat.width, height: heat.height, .turbo, range: 0...1)
        let mixed = zip(view.pixels, colors.pixels).map { UInt8((Int($0) + Int($1) + 1) / 2) }
        let target = explanation.target
        let isTrue = outcome.truth.contains(target.index)
        // The probability that the model reports, with its temperature.
        let probability =
            outcome.prediction.first == target.index
            ? outcome.probability : outcome.truthProbability ?? target.probability
        return Gallery.Item(
            image: try Thumbnails.image(of: Image(width: view.width, height: view.height, pixels: mixed)),
            description: "\(outcome.file): evidence for \(target.displayName)", title: target.displayName,
            lines: [
                "\(probability.columnPercent), \(isTrue ? "true class" : "predicted class")"
            ], file: outcome.file.fileName, mark: isTrue ? .right : .wrong)
    }
}

/// The images of a report, as small JPEG files in the orientation that the model sees.
struct Thumbnails: Sendable {
    /// The length of the longest side in pixels: enough for a sharp gallery and for an enlarged view.
    private static let side = 256

    let dataset: any ImageDataset
    let options: ImageReadingOptions

    /// Returns images of the dataset by index, without those that became unreadable. Uses all cores.
    func images(at places: Set<Int>) -> [Int: PageFigure.Content] {
        let places = Array(places)
        let found = Monitor<[Int: PageFigure.Content]>([:])
        DispatchQueue.concurrentPerform(iterations: places.count) { number in
            let place = places[number]
            guard let image = try? dataset.image(at: place, options: options),
                let thumbnail = try? Self.image(of: image)
            else { return }
            found.withLock { $0[place] = thumbnail }
        }
        return found.withLock { $0 }
    }

    /// Returns an image for a report, made smaller if it is larger than `side`.
    static func image(of image: Image) throws(ImageError) -> PageFigure.Content {
        let scale = min(1, Double(side) / Double(max(image.width, image.height)))
        let (width, height) = (Double(image.width) * scale, Double(image.height) * scale)
        let small =
            scale < 1
            ? image.resized(width: max(1, Int(width.rounded())), height: max(1, Int(height.rounded()))) : image
        return PageFigure.Content(
            format: .jpeg, bytes: try small.jpegData(quality: 80), width: small.width, height: small.height)
    }
}

/// Selects the images of a report's embedding map.
enum ReportMap {
    /// The largest number of images, spread over the classes. Each takes another forward pass.
    static let imageCount = 256
    /// A map of fewer images is not useful.
    static let fewestImages = 8
    /// Colors and shapes can't distinguish more classes.
    static let classCount = 16

    /// Returns the images of the classes that are confused most often if there are many classes; otherwise, and without
    /// mistakes, all images.
    ///
    /// - Parameter images: the evaluated images, with the model's classes.
    static func selection(of images: any ImageDataset, in evaluation: Evaluation) -> any ImageDataset {
        guard let matrix = evaluation.confusion, matrix.order.count > classCount else { return images }
        let classes = Set(matrix.focus(on: classCount))
        let indices = (0..<images.count).filter { classes.contains(images.label(at: $0)) }
        return indices.count < fewestImages ? images : Subset(of: images, indices: indices)
    }
}

extension ImageClassifier {
    /// Plots the first two principal components of the features of some images; nil if there are too few, if the
    /// model is an ONNX file, which provides no features, or without LibTorch.
    func reportMap(of images: any ImageDataset, in evaluation: Evaluation) async throws -> PageFigure? {
        let images = try images.relabeled(to: classes, aliases: aliases)
        let chosen = ReportMap.selection(of: images, in: evaluation)
        let some = chosen.limited(to: ReportMap.imageCount)
        guard some.count >= ReportMap.fewestImages, LibTorch.isAvailable,
            let extractor = try? await FeatureExtractor(self, forImages: some.count)
        else { return nil }
        let embeddings = try await extractor.embeddings(of: ImageInput(some))
        guard embeddings.count >= ReportMap.fewestImages else { return nil }
        let map = try await embeddings.map(by: .pca)
        let variance = (map.varianceRatio ?? []).reduce(0, +)
        let which = chosen.count < images.count ? " The images are of the classes that are confused most often." : ""
        return try PageFigure(
            "Embedding map of \(map.points.count) images",
            "The features of \(map.points.count) images before the head of the network, as the first two principal "
                + "components (\(variance.percent) of the variance).\(which) Classes with separate clusters are easy to "
                + "distinguish."
        ) { map.chart(classes: some.classNames, displayNames: extractor.displayNames, theme: $0) }
    }
}

internal import Classifier
internal import Dispatch
internal import Drawing
internal import Images
internal import Platform
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
    func attention(in evaluation: Evaluation, on pictures: any ImageDataset) -> Attention {
        let mistakes = evaluation.gallery.worst.filter { !$0.isCorrect }
        let chosen = (mistakes.isEmpty ? evaluation.gallery.leastCertain : mistakes).prefix(Attention.pictureCount)
        var items: [Gallery.Item] = []
        do {
            for outcome in chosen {
                let classes = [outcome.prediction.first, outcome.truth.first].compactMap(\.self)
                for target in classes.count == 2 && classes[0] == classes[1] ? [classes[0]] : classes {
                    var options = ExplanationOptions()
                    options.target = .index(target)
                    if case .success(let explanation) = try explain(pictures, at: outcome.picture, options: options) {
                        items.append(try item(explanation, outcome))
                    }
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

/// The pictures of a report: small, upright where the model sees them so, as JPEG.
struct Thumbnails: Sendable {
    /// The longest side, in pixels: sharp in a gallery on any screen, and good enough to be enlarged.
    private static let side = 256

    let dataset: any ImageDataset
    let options: ImageReadingOptions

    /// Pictures of the dataset by their places, without those that can't be read any more. All cores read.
    func pictures(at places: Set<Int>) -> [Int: PageFigure.Picture] {
        let places = Array(places)
        let found = Monitor<[Int: PageFigure.Picture]>([:])
        DispatchQueue.concurrentPerform(iterations: places.count) { number in
            let place = places[number]
            guard let image = try? dataset.image(at: place, options: options),
                let picture = try? Self.picture(of: image)
            else { return }
            found.withLock { $0[place] = picture }
        }
        return found.withLock { $0 }
    }

    /// A picture as a report holds it, made smaller where it is larger.
    static func picture(of image: Image) throws(ImageError) -> PageFigure.Picture {
        let scale = min(1, Double(side) / Double(max(image.width, image.height)))
        let (width, height) = (Double(image.width) * scale, Double(image.height) * scale)
        let small =
            scale < 1
            ? image.resized(width: max(1, Int(width.rounded())), height: max(1, Int(height.rounded()))) : image
        return PageFigure.Picture(
            format: .jpeg, bytes: try small.jpegData(quality: 80), width: small.width, height: small.height)
    }
}

/// A map of pictures for a report.
enum ReportMap {
    /// Every picture passes the network once more for it, so there are no more than that, spread over the classes.
    static let pictureCount = 256
    /// Fewer tell nothing.
    static let fewestPictures = 8
    /// More classes can't be told by colours and shapes.
    static let classCount = 16

    /// The pictures of the classes that are most often mistaken for each other, where there are many classes; all where
    /// there are few, or no mistakes.
    ///
    /// - Parameter pictures: those that were evaluated, with the model's classes.
    static func worthAMap(of pictures: any ImageDataset, in evaluation: Evaluation) -> any ImageDataset {
        guard let matrix = evaluation.confusion, matrix.order.count > classCount else { return pictures }
        let classes = Set(matrix.focus(on: classCount))
        let indices = (0..<pictures.count).filter { classes.contains(pictures.label(at: $0)) }
        return indices.count < fewestPictures ? pictures : Subset(of: pictures, indices: indices)
    }
}

extension ImageClassifier {
    /// The principal components of the features of some pictures; nil where there are too few, or where the model, an
    /// ONNX file, gives no features.
    func reportMap(of pictures: any ImageDataset, in evaluation: Evaluation) async throws -> PageFigure? {
        let pictures = try pictures.relabelled(to: classes, aliases: aliases)
        let chosen = ReportMap.worthAMap(of: pictures, in: evaluation)
        let some = chosen.limited(to: ReportMap.pictureCount)
        guard some.count >= ReportMap.fewestPictures,
            let extractor = try? await FeatureExtractor(self, forPictures: some.count)
        else { return nil }
        let embeddings = try await extractor.embeddings(of: ImageInput(some))
        guard embeddings.count >= ReportMap.fewestPictures else { return nil }
        let map = try await embeddings.map(by: .pca)
        let share = (map.varianceRatio ?? []).reduce(0, +)
        let which = chosen.count < pictures.count ? "; they are of the classes most often confused" : ""
        return try PageFigure(
            "Map of the features of \(map.points.count) pictures",
            "What the network makes of \(map.points.count) pictures before its head, in the two directions in which they "
                + "differ most, which have \(share.percent) of the variance\(which). Classes that lie apart here are easy to tell."
        ) { map.chart(classes: some.classNames, theme: $0) }
    }
}

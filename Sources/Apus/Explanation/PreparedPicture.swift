internal import Torch
internal import TorchNN
internal import TorchVision

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

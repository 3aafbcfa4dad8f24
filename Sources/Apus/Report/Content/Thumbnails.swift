internal import Dispatch
internal import TorchVision

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

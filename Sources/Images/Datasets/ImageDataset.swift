/// Labeled images, reached by number.
///
/// A dataset is a value that knows names and labels and reads an image only when asked, so that any number of
/// workers can share it.
public protocol ImageDataset: Sendable {
    /// The names of the classes; a label is a place in this list.
    var classNames: [String] { get }

    /// How many images there are.
    var count: Int { get }

    /// The class of an image: a place in `classNames`.
    func label(at index: Int) -> Int

    /// The classes of an image that may have several, or none: places in `classNames`. By default,
    /// the one of `label(at:)`.
    func labels(at index: Int) -> [Int]

    /// Whether images may have several labels. False by default.
    var isMultiLabel: Bool { get }

    /// What a message calls the image: the path of its file where it has one.
    func name(at index: Int) -> String

    /// Reads an image.
    ///
    /// Throws where the file can't be read or holds no image.
    func image(at index: Int, options: ImageReadingOptions) throws -> Image

    /// The image's file, or the bytes of one, so that a loader can decode no more than it needs; nil where there is
    /// none, and by default.
    func encodedImage(at index: Int) throws -> EncodedImage?
}

extension ImageDataset {
    /// There is no file: the loader reads `image(at:options:)`.
    public func encodedImage(at index: Int) throws -> EncodedImage? { nil }

    /// The one label.
    public func labels(at index: Int) -> [Int] { [label(at: index)] }

    /// Each image has one label.
    public var isMultiLabel: Bool { false }

    /// The label of every image, in order.
    public var labels: [Int] {
        (0..<count).map { label(at: $0) }
    }

    /// How many images each class has, in the order of `classNames`. An image of several classes counts for each.
    public var countsByClass: [Int] {
        var counts = [Int](repeating: 0, count: classNames.count)
        for index in 0..<count {
            for label in labels(at: index) { counts[label] += 1 }
        }
        return counts
    }
}

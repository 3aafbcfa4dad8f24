/// Labelled pictures, reached by number.
///
/// A dataset is a value that knows names and labels and reads a picture only when asked, so that any number of
/// workers can share it.
public protocol ImageDataset: Sendable {
    /// The names of the classes; a label is a place in this list.
    var classNames: [String] { get }

    /// How many pictures there are.
    var count: Int { get }

    /// The class of a picture: a place in `classNames`.
    func label(at index: Int) -> Int

    /// The classes of a picture that may have several, or none: places in `classNames`. Unless a dataset says otherwise,
    /// the one that `label(at:)` tells.
    func labels(at index: Int) -> [Int]

    /// Whether pictures may have several labels. False unless a dataset says otherwise.
    var isMultiLabel: Bool { get }

    /// What a message calls the picture: the path of its file where it has one.
    func name(at index: Int) -> String

    /// Reads a picture.
    ///
    /// Throws where the file can't be read or holds no picture.
    func image(at index: Int, options: ImageReadingOptions) throws -> Image

    /// The picture's file, or the bytes of one, so that a loader can decode no more than it needs; nil where there is
    /// none, and unless a dataset says otherwise.
    func encodedImage(at index: Int) throws -> EncodedImage?
}

extension ImageDataset {
    /// There is no file: the loader reads `image(at:options:)`.
    public func encodedImage(at index: Int) throws -> EncodedImage? { nil }

    /// The one label.
    public func labels(at index: Int) -> [Int] { [label(at: index)] }

    /// Each picture has one label.
    public var isMultiLabel: Bool { false }

    /// The label of every picture, in order.
    public var labels: [Int] {
        (0..<count).map { label(at: $0) }
    }

    /// How many pictures each class has, in the order of `classNames`. A picture of several classes counts for each.
    public var countsByClass: [Int] {
        var counts = [Int](repeating: 0, count: classNames.count)
        for index in 0..<count {
            for label in labels(at: index) { counts[label] += 1 }
        }
        return counts
    }
}

internal import Platform

/// Fashion-MNIST, MNIST and the datasets in MNIST's format: small gray images in one IDX file, labels in another.
///
/// The files bear MNIST's names (`train-images-idx3-ubyte`, `t10k-labels-idx1-ubyte` and so on), with `.gz` or without,
/// as Debian's package `dataset-fashion-mnist` brings them. Gray is repeated in the three channels.
public struct MNIST: ImageDataset {
    /// Which of the two parts: 60,000 images to train with, 10,000 to test with.
    public enum Part: String, Sendable, Codable, CaseIterable {
        case training = "train"
        case test = "t10k"
    }

    /// The names of Fashion-MNIST's classes.
    public static let fashionClassNames = [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ]

    /// The folder that holds the files.
    public let path: String

    /// The part that was read.
    public let part: Part

    /// The names of the labels.
    public let classNames: [String]

    /// The size of every image.
    public let width: Int, height: Int

    private let pixels: [UInt8]
    private let pictureLabels: [UInt8]

    /// Reads both files of a part.
    ///
    /// Where `classNames` is nil, a dataset that begins with Fashion-MNIST's labels gets Fashion-MNIST's names, any
    /// other "0", "1" and so on up to its highest label, at least up to "9".
    /// Throws where a file is missing or damaged, or has a label beyond `classNames`.
    public init(path: String, part: Part, classNames: [String]? = nil) throws(DatasetError) {
        let folder = FilePath(path)
        let imagesPath = try Self.file("\(part.rawValue)-images-idx3-ubyte", in: folder)
        let labelsPath = try Self.file("\(part.rawValue)-labels-idx1-ubyte", in: folder)
        let images = try IDXFile(path: imagesPath, dimensions: 3)
        let labels = try IDXFile(path: labelsPath, dimensions: 1)
        guard images.shape[0] == labels.shape[0] else {
            throw DatasetError(
                .damagedFile, path: imagesPath.text,
                "holds \(images.shape[0]) images, and \(labelsPath.text) holds \(labels.shape[0]) labels. "
                    + "Fetch both files again.")
        }
        guard images.shape.allSatisfy({ $0 > 0 }) else {
            throw DatasetError(.empty, path: imagesPath.text, "holds no image. Fetch the file again.")
        }
        let names = classNames ?? Self.names(of: labels.elements, part: part)
        if let label = labels.elements.first(where: { Int($0) >= names.count }) {
            throw DatasetError(
                .unknownClass, path: labelsPath.text,
                "has a label \(label), and there are \(names.count) classes, numbered from 0. Give more class names.")
        }
        self.path = path
        self.part = part
        self.classNames = names
        height = images.shape[1]
        width = images.shape[2]
        pixels = images.elements
        pictureLabels = labels.elements
    }

    /// How many images there are.
    public var count: Int { pictureLabels.count }

    /// The image's label.
    public func label(at index: Int) -> Int { Int(pictureLabels[index]) }

    /// The part and the number of the image, `train[17]`; there is no file of its own.
    public func name(at index: Int) -> String { "\(part.rawValue)[\(index)]" }

    /// The image, gray repeated in the three channels.
    public func image(at index: Int, options: ImageReadingOptions) -> Image {
        let size = width * height
        let rgb = [UInt8](unsafeUninitializedCapacity: size * 3) { buffer, count in
            for (place, grey) in pixels[(index * size)..<((index + 1) * size)].enumerated() {
                buffer[3 * place] = grey
                buffer[3 * place + 1] = grey
                buffer[3 * place + 2] = grey
            }
            count = size * 3
        }
        return Image(width: width, height: height, pixels: rgb)
    }

    /// Whether a folder holds the images of a part.
    static func exists(in folder: FilePath, part: Part) -> Bool {
        (try? file("\(part.rawValue)-images-idx3-ubyte", in: folder)) != nil
    }

    private static func file(_ name: String, in folder: FilePath) throws(DatasetError) -> FilePath {
        for candidate in [name, name + ".gz"] {
            let path = folder.appending(candidate)
            if path.status()?.kind == .file { return path }
        }
        throw DatasetError(
            .missing, path: folder.text,
            "neither \(name) nor \(name).gz is there. Put the four files of MNIST together.")
    }

    /// Names for labels that came without: Fashion-MNIST is known by how its labels begin.
    private static func names(of labels: [UInt8], part: Part) -> [String] {
        let fashion: [UInt8] =
            switch part {
            case .training: [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]
            case .test: [9, 2, 1, 1, 6, 1, 4, 6, 5, 7]
            }
        let highest = labels.max() ?? 0
        if labels.starts(with: fashion), highest < 10 {
            return fashionClassNames
        }
        return (0...max(9, highest)).map(String.init)
    }
}

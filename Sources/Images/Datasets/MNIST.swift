internal import Archives
internal import CZlib
internal import LibC
internal import Platform

/// MNIST, Fashion-MNIST and other datasets in this format: small gray images in one IDX file, labels in another.
///
/// The files have MNIST's names (`train-images-idx3-ubyte`, `t10k-labels-idx1-ubyte` and so on), with or without `.gz`,
/// as in Debian's package `dataset-fashion-mnist`. Gray is repeated in three channels.
public struct MNIST: ImageDataset {
    /// The part: 60,000 images for training, 10,000 for the test.
    public enum Part: String, Sendable, Codable, CaseIterable {
        case training = "train"
        case test = "t10k"
    }

    /// The names of Fashion-MNIST's classes.
    public static let fashionClassNames = [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ]

    /// The folder with the files.
    public let path: String

    /// The part that was read.
    public let part: Part

    /// The names of the labels.
    public let classNames: [String]

    /// The size of every image.
    public let width: Int, height: Int

    private let pixels: [UInt8]
    private let imageLabels: [UInt8]

    /// Reads both files of a part.
    ///
    /// If `classNames` is nil, a dataset that starts with Fashion-MNIST's labels gets Fashion-MNIST's names. Any other
    /// gets "0", "1" and so on up to its highest label, at least up to "9". Throws if a file is missing or damaged, or
    /// has a label beyond `classNames`.
    public init(path: String, part: Part, classNames: [String]? = nil) throws(DatasetError) {
        let folder = FilePath(path)
        let imagesPath = try Self.file("\(part.rawValue)-images-idx3-ubyte", in: folder)
        let labelsPath = try Self.file("\(part.rawValue)-labels-idx1-ubyte", in: folder)
        let images = try IDXFile(path: imagesPath, dimensions: 3)
        let labels = try IDXFile(path: labelsPath, dimensions: 1)
        guard images.shape[0] == labels.shape[0] else {
            throw DatasetError(
                .damagedFile, path: imagesPath.text,
                "contains \(images.shape[0]) images, but \(labelsPath.text) contains \(labels.shape[0]) labels. "
                    + "Download both files again.")
        }
        guard images.shape.allSatisfy({ $0 > 0 }) else {
            throw DatasetError(.empty, path: imagesPath.text, "contains no images. Download the file again.")
        }
        let names = classNames ?? Self.names(of: labels.elements, part: part)
        if let label = labels.elements.first(where: { Int($0) >= names.count }) {
            throw DatasetError(
                .unknownClass, path: labelsPath.text,
                "has a label \(label), but there are \(names.count) classes, numbered from 0. Add class names.")
        }
        self.path = path
        self.part = part
        self.classNames = names
        height = images.shape[1]
        width = images.shape[2]
        pixels = images.elements
        imageLabels = labels.elements
    }

    /// The number of images.
    public var count: Int { imageLabels.count }

    /// The image's label.
    public func label(at index: Int) -> Int { Int(imageLabels[index]) }

    /// The part and the index of the image, `train[17]`, because it has no separate file.
    public func name(at index: Int) -> String { "\(part.rawValue)[\(index)]" }

    /// The image, with gray repeated in three channels.
    public func image(at index: Int, options: ImageReadingOptions) -> Image {
        let size = width * height
        let rgb = [UInt8](unsafeUninitializedCapacity: size * 3) { buffer, count in
            for (place, gray) in pixels[(index * size)..<((index + 1) * size)].enumerated() {
                buffer[3 * place] = gray
                buffer[3 * place + 1] = gray
                buffer[3 * place + 2] = gray
            }
            count = size * 3
        }
        return Image(width: width, height: height, pixels: rgb)
    }

    /// Whether a folder contains the images of a part.
    static func exists(in folder: FilePath, part: Part) -> Bool {
        (try? file("\(part.rawValue)-images-idx3-ubyte", in: folder)) != nil
    }

    private static func file(_ name: String, in folder: FilePath) throws(DatasetError) -> FilePath {
        for candidate in [name, name + ".gz"] {
            let path = folder.appending(candidate)
            if path.foundStatus()?.kind == .file { return path }
        }
        throw DatasetError(
            .missing, path: folder.text,
            "neither \(name) nor \(name).gz exists. Put the four files of MNIST into one folder.")
    }

    /// Names for labels without names. Fashion-MNIST is recognized by its first labels.
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

/// The bytes of an IDX file, the format of MNIST's files, plain or compressed with gzip.
///
/// A header of big-endian numbers (two zero bytes, the element type, the number of dimensions, the size of each),
/// followed by the elements. Only unsigned bytes, type 8, are supported; MNIST and similar datasets use no others.
struct IDXFile {
    /// The size of each dimension.
    package let shape: [Int]
    let elements: [UInt8]

    /// Reads the file and checks the number of elements and dimensions.
    init(path: FilePath, dimensions: Int) throws(DatasetError) {
        // `gzopen` also reads plain files, and checks the CRC of compressed ones.
        let (found, code) = path.withCString { name in
            errno = 0
            let found = gzopen(name, "rb")
            return (found, errno)
        }
        let isInArchive = found == nil && code == ENOTDIR
        // Without a system error number, the library had no memory.
        guard let file = try isInArchive ? Self.open(member: path) : found else {
            throw path.failure(code == 0 || isInArchive ? ENOMEM : code)
        }
        defer { gzclose_r(file) }
        gzbuffer(file, 1 << 18)

        let header = try Self.read(4 + 4 * dimensions, of: file, path: path)
        guard header.count == 4 + 4 * dimensions, header[0] == 0, header[1] == 0, header[2] == 8,
            Int(header[3]) == dimensions
        else {
            let wanted = "0x00 0x00 0x08 0x0\(dimensions)"
            throw Self.damage(
                path, "is not an IDX file of bytes in \(dimensions) dimensions (its first bytes are not \(wanted))")
        }
        let shape = (0..<dimensions).map { dimension in
            header[(4 + 4 * dimension)..<(8 + 4 * dimension)].reduce(0) { $0 << 8 | Int($1) }
        }
        var total = 1
        for size in shape {
            let (product, overflows) = total.multipliedReportingOverflow(by: size)
            guard !overflows, product <= 1 << 30 else {
                throw Self.damage(path, "declares \(shape) elements, but the maximum is a gigabyte")
            }
            total = product
        }
        // One additional byte shows whether the file is longer than its header declares.
        let elements = try Self.read(total + 1, of: file, path: path)
        guard elements.count == total else {
            let found = elements.count < total ? "only \(elements.count)" : "more"
            throw Self.damage(path, "should contain \(total) bytes after its header (\(shape)), but contains \(found)")
        }
        self.shape = shape
        self.elements = elements
    }

    /// Opens a temporary copy of a file in an archive; nil if there is no memory.
    private static func open(member path: FilePath) throws(DatasetError) -> gzFile? {
        guard let member = try path.dataMember() else { throw path.failure(ENOENT) }
        let copy: Int32
        do throws(ArchiveError) {
            copy = try member.temporaryCopy()
        } catch {
            throw DatasetError(FileStore.Failure(archive: FilePath(member.archive.path), error: error))
        }
        let file = gzdopen(copy, "rb")
        if file == nil { close(copy) }
        return file
    }

    /// Reads up to `count` bytes, fewer at the end of the file.
    private static func read(_ count: Int, of file: gzFile, path: FilePath) throws(DatasetError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(count, 1 << 20))
        var error: Int32 = 0
        while bytes.count < count {
            let read = Int(gzread(file, &chunk, UInt32(min(chunk.count, count - bytes.count))))
            error = errno
            guard read > 0 else { break }
            bytes += chunk[..<read]
        }
        var code: Int32 = 0
        let message = gzerror(file, &code).map { String(cString: $0) } ?? ""
        if code == Z_ERRNO { throw path.failure(error) }
        guard code == Z_OK || code == Z_STREAM_END else {
            throw damage(path, "can't be decompressed (\(message))")
        }
        return bytes
    }

    private static func damage(_ path: FilePath, _ what: String) -> DatasetError {
        DatasetError(.damagedFile, path: path.text, "\(what). Download the file again.")
    }
}

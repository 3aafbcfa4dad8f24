internal import Images

/// The files of photos without labels. Their names are their places.
struct PhotoFiles: ImageDataset {
    /// The paths; nil for files that can't be read.
    let paths: [String?]

    let classNames = [""]
    var count: Int { paths.count }
    func label(at index: Int) -> Int { 0 }
    func name(at index: Int) -> String { "\(index)" }

    func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        try Image(decoding: file(at: index), options: options)
    }

    func encodedImage(at index: Int) throws -> EncodedImage? { try file(at: index) }

    private func file(at index: Int) throws -> EncodedImage {
        guard let path = paths[index] else { throw ImageError(.unreadable, message: "there is no such file") }
        return EncodedImage(path: path)
    }
}

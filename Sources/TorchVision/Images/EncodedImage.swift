/// A picture as its file has it, not yet decoded. A loader that gets one decodes no more of it than is needed.
public struct EncodedImage: Sendable {
    enum Content {
        case file(FilePath)
        case bytes([UInt8])
    }

    let content: Content

    /// The picture in a file, which is not touched yet.
    public init(path: String) {
        self.init(FilePath(path))
    }

    /// The picture in the bytes of a JPEG, PNG or WebP file.
    public init(bytes: [UInt8]) {
        content = .bytes(bytes)
    }

    init(_ path: FilePath) {
        content = .file(path)
    }
}

extension EncodedImage {
    /// Reads the whole file and decodes nothing.
    ///
    /// - Returns: Its size in bytes.
    /// - Throws: `ImageError` if it can't be read, or if its first bytes are not those of an image.
    package func read(options: ImageReadingOptions) throws(ImageError) -> Int {
        switch content {
        case .bytes(let bytes): bytes.count
        case .file(let path): try ImageBytes(contentsOf: path, options: options).count
        case .url(let url, let cache): try ImageBytes(fetching: url, cache: cache, options: options).count
        }
    }
}

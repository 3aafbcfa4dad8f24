internal import CImage
internal import Platform
internal import Web

extension ImageBytes {
    /// The bytes of an image on a web server, or in the folder that keeps them.
    ///
    /// The transfer ends with the first bytes if they are not an image's. Memory is requested afterwards, for the file
    /// as for one on the disk, so that a slow server does not hold up others.
    convenience init(fetching url: WebURL, cache: String?, options: ImageReadingOptions) throws(ImageError) {
        let files = WebFiles(limits: WebLimits(maximumBytes: options.maximumBytes), cache: cache)
        let bytes: [UInt8]
        do {
            bytes = try files.read(url.text) { start in
                do throws(ImageError) {
                    try Self.checkStart(start)
                    return nil
                } catch {
                    return error.message
                }
            }
        } catch let error as WebError {
            let code: ImageError.Code =
                switch error.code {
                case .unexpectedContent: .unrecognized
                case .tooLarge: .tooLarge
                default: .unavailable
                }
            throw ImageError(code, message: error.description)
        } catch let error as FileError {
            throw ImageError(.system, message: "\(error)")
        } catch {
            throw ImageError(.unavailable, message: "\(error)")
        }
        try self.init(copying: bytes)
        try memory.take(count, asFile: true)
    }
}

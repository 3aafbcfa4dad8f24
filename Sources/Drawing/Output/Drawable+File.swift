internal import Glibc

extension Drawable {
    /// The drawing as a file of a kind.
    ///
    /// - Throws: as `png`, `svg` and `pdf` do.
    public func bytes(as format: PictureFormat, scale: Double = 1) throws(DrawingError) -> [UInt8] {
        switch format {
        case .png: try png(scale: scale)
        case .svg: try svg()
        case .pdf: try pdf()
        }
    }

    /// Writes the drawing to a file: PNG, SVG or PDF, as the end of its name says.
    ///
    /// The file is whole or not there: it is written under another name first.
    ///
    /// - Parameter scale: how many pixels a point has in a PNG; 2 by default, sharp on paper and small screens.
    /// - Throws: `DrawingError` for another ending, a drawing that is too large, and where the disk refuses.
    public func write(to path: String, scale: Double = 2) throws(DrawingError) {
        try writeWhole(try bytes(as: PictureFormat(path: path), scale: scale), to: path)
    }
}

private func writeWhole(_ bytes: [UInt8], to path: String) throws(DrawingError) {
    func fail() -> DrawingError {
        DrawingError(
            "\(path): the picture can't be written: \(String(cString: strerror(errno))); make room, or choose another "
                + "place")
    }
    // Hidden beside its place, under a name that is nobody else's.
    let slash = path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex
    let temporary =
        "\(path[..<slash]).\(path[slash...]).\(getpid())-\(String(UInt64.random(in: 0...UInt64.max), radix: 36)).partial"
    let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw fail() }
    func drop() -> DrawingError {
        let error = fail()
        close(file)
        unlink(temporary)
        return error
    }
    var done = 0
    while done < bytes.count {
        let written = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress?.advanced(by: done), $0.count - done) }
        if written >= 0 { done += written } else if errno != EINTR { throw drop() }
    }
    guard fsync(file) == 0, rename(temporary, path) == 0 else { throw drop() }
    close(file)
}

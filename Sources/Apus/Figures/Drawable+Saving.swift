public import Drawing
internal import Torch

extension Drawable {
    /// Writes the drawing to a file, PNG, SVG or PDF, as the end of its name says. The file is whole or not there.
    ///
    /// A PNG file carries a note that Apus drew it: `openDataset` leaves it out of the data.
    ///
    /// - Parameter scale: how many pixels a point has in a PNG.
    /// - Throws: `DrawingError` for another ending or a drawing that is too large, `FileError` where the disk refuses.
    public func save(to path: String, scale: Double = 2) throws {
        let format = try PictureFormat(path: path)
        let bytes = try self.bytes(as: format, scale: scale)
        try writeAtomically(format == .png ? OutputMark.marked(png: bytes) : bytes, to: path)
    }
}

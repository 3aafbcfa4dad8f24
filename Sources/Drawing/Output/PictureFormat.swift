/// A kind of file that a drawing can be written to.
public enum PictureFormat: String, Sendable, CaseIterable {
    case png, svg, pdf

    /// The kind that the end of a file's name tells.
    ///
    /// - Throws: `DrawingError` where it tells none of the three.
    public init(path: String) throws(DrawingError) {
        let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        let ending = name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() } ?? ""
        guard let format = PictureFormat(rawValue: ending) else {
            throw DrawingError(
                "\(path): \(ending.isEmpty ? "the name has no ending" : "no picture is written as .\(ending)"); let it "
                    + "end with .png, .svg or .pdf")
        }
        self = format
    }
}

internal import TorchVision

/// The pictures whose labels are likely wrong, with the given label and the likely one.
public struct LabelSheet: Sendable {
    private let checked: CheckedLabels

    /// A sheet of what a check found.
    public init(_ checked: CheckedLabels) { self.checked = checked }

    /// Draws the sheets, the worst first.
    ///
    /// - Parameter path: the first sheet's file, `.png`, `.svg` or `.pdf`; further ones are numbered.
    /// - Returns: the paths of all sheets; none where no label is likely wrong.
    /// - Throws: `ImageError` for a picture that can't be read any more, `DrawingError` where a sheet can't be written.
    public func write(to path: String) throws -> [String] {
        var sheets = SheetFiles(path, title: "Labels that are likely wrong", columns: 5, rows: 6)
        for issue in checked.report.issues {
            try sheets.add(
                SheetTile(
                    checked.collection.pictures.image(at: issue.index, options: .init()),
                    [
                        "likely: \(issue.likelyProbability.percent) \(issue.likely)",
                        "given: \(issue.givenProbability.percent) \(issue.given)",
                        issue.picture.path.fileName,
                    ]))
        }
        return try sheets.finish()
    }
}

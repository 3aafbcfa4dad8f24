internal import Drawing
internal import TorchVision

/// A picture of a sheet with what is said of it.
struct SheetTile: Sendable {
    /// What a prediction or a label is.
    enum Verdict: Sendable {
        case right, wrong
    }

    /// The longest side of a picture that is kept, in pixels: twice the room that it gets, for sharp screens.
    private static let longestSide = 352

    /// A copy, no larger than a sheet shows it.
    let raster: Raster
    /// What stands below, the first line darker.
    let lines: [String]
    /// Which frame it has.
    let verdict: Verdict?

    init(_ image: Image, _ lines: [String], verdict: Verdict? = nil) throws {
        let scale = min(1, Double(Self.longestSide) / Double(max(image.width, image.height)))
        let (width, height) = (Double(image.width) * scale, Double(image.height) * scale)
        let small = scale < 1 ? image.resized(width: max(1, Int(width)), height: max(1, Int(height))) : image
        raster = try Raster(width: small.width, height: small.height, pixels: small.pixels)
        self.lines = lines
        self.verdict = verdict
    }
}

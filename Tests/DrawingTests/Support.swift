import Images
import Testing

@testable import Drawing

/// Names that users have and that break programs.
let oddNames = [
    "cat", "漢字のクラス名", "🐶👩🏽‍🚀🏳️‍🌈", "<script>alert('x')</script> & \"q\" ]]>", "שלום עולם 123", "مرحبا", "", " ",
    "a\nb\r\nc\td", "nul\u{0} escape\u{1B}[31m bell\u{7}", String(repeating: "long name ", count: 20),
    String(repeating: "W", count: 200), "Z" + String(repeating: "\u{363}", count: 150), "\u{202E}reversed\u{2066}",
    String(repeating: "界", count: 5_000),
]

/// Values that break programs.
let oddValues: [[Double]] = [
    [], [0], [1], [5, 5, 5], [.nan], [.nan, .nan, 2], [.infinity, -.infinity], [1, .infinity, 3], [1e-300, 2e-300],
    [1e300, -1e300], [1e-300, 1e300], [-3e-307, 3e-307], [1e15, 1e15 + 1], [0, 1e-12], [-5, -4],
    [0.1, 0.2, 0.30000001],
    [.greatestFiniteMagnitude, -.greatestFiniteMagnitude], [.leastNonzeroMagnitude, 0],
]

/// The pixels of a PNG.
struct Pixels {
    private let image: Image

    var width: Int { image.width }
    var height: Int { image.height }

    init(_ png: [UInt8]) throws { image = try Image(decoding: png) }

    /// The color of a pixel, in the format of `Color(_:)`.
    subscript(_ x: Int, _ y: Int) -> UInt32 {
        let start = (y * width + x) * 3
        return image.pixels[start..<start + 3].reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The number of pixels of a color.
    func count(_ color: UInt32) -> Int {
        (0..<height).reduce(0) { sum, y in sum + (0..<width).count { self[$0, y] == color } }
    }
}

/// A drawing of a test.
struct Sketch: Drawable {
    var size = Size(width: 100, height: 100)
    var body: @Sendable (Canvas) -> Void

    func draw(on canvas: Canvas) { body(canvas) }
}

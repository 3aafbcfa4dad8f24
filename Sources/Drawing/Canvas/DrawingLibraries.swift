internal import CDrawing
internal import CPango

/// Cairo, which draws, and Pango, which sets text. They are opened at the first drawing, so that a program that draws
/// nothing does not need them.
public enum DrawingLibraries {
    /// Opens the libraries. Every drawing does so; call this to fail before other work.
    ///
    /// - Throws: `DrawingError` if they are not installed.
    public static func open() throws(DrawingError) {
        var reason = [CChar](repeating: 0, count: Int(CDRAWING_REASON_CAPACITY))
        guard !cdrawing_open(&reason) else { return }
        let text = String(decoding: reason.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        throw DrawingError(
            "drawing needs the libraries Pango and Cairo (\(String(cString: cdrawing_file())); Debian: "
                + "libpangocairo-1.0-0 and a font, such as fonts-dejavu-core): \(text)")
    }

    /// Whether the libraries are installed.
    public static var isAvailable: Bool { (try? open()) != nil }

    /// The versions of the libraries.
    ///
    /// - Throws: `DrawingError` if they are not installed.
    public static var versions: String {
        get throws(DrawingError) {
            try open()
            return "Cairo \(String(cString: cairo_version_string())), Pango \(String(cString: pango_version_string()))"
        }
    }
}

internal import CPango

/// A surface to draw on.
public final class Canvas {
    /// The version of Cairo, which draws.
    public static var engine: String {
        "Cairo \(String(cString: cairo_version_string())), Pango \(String(cString: pango_version_string()))"
    }
}

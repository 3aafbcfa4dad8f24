/// A transform that a `TransformList` can hold, since it can be written down.
public protocol NotedTransform: ImageTransform {
    /// The transform as a text, in canonical form: its chief arguments, and by name those that are not as usual.
    /// `TransformList` reads it back.
    var notation: String { get }
}

/// A value that can be an argument.
protocol Notable: Equatable {
    /// As it is written.
    var noted: String { get }
}

extension Notable {
    /// The value under a name, or nothing where it is as usual.
    func noted(_ name: String, unless usual: Self? = nil) -> String? {
        self == usual ? nil : "\(name): \(noted)"
    }
}

/// `name(part, part)`, without the parts that are nil.
func noted(_ name: String, _ parts: String?...) -> String {
    let parts = parts.compactMap(\.self)
    return parts.isEmpty ? name : "\(name)(\(parts.joined(separator: ", ")))"
}

extension Double: Notable {
    var noted: String {
        // Without ".0", and exactly.
        self == rounded() && magnitude < 1e15 ? String(Int(self)) : "\(self)"
    }
}

extension Int: Notable {
    var noted: String { "\(self)" }
}

extension Bool: Notable {
    var noted: String { "\(self)" }
}

extension ClosedRange: Notable where Bound == Double {
    var noted: String { "\(lowerBound.noted)...\(upperBound.noted)" }
}

extension Notable where Self: RawRepresentable<String> {
    var noted: String { rawValue }
}

extension Interpolation: Notable {}
extension Sampling: Notable {}

extension RGBColor: Notable {
    var noted: String { red == green && green == blue ? "\(red)" : "(\(red), \(green), \(blue))" }
}

extension PixelPoint: Notable {
    var noted: String { "(\(x.noted), \(y.noted))" }
}

extension PixelSize: Notable {
    var noted: String { width == height ? "\(width)" : "(\(height), \(width))" }
}

extension Padding: Notable {
    var noted: String {
        guard left == right && top == bottom else { return "(\(left), \(top), \(right), \(bottom))" }
        return left == top ? "\(left)" : "(\(left), \(top))"
    }
}

/// A transform with a notation, so that a `TransformList` can contain it.
public protocol NotedTransform: ImageTransform {
    /// The notation in canonical form: the main arguments, and by name those that differ from their defaults.
    /// `TransformList` parses it.
    var notation: String { get }
}

/// A value that can be an argument.
protocol Notable: Equatable {
    /// The notation of the value.
    var noted: String { get }
}

extension Notable {
    /// The value with a name, or nil if it is the default.
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
        // Without ".0", and exact.
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

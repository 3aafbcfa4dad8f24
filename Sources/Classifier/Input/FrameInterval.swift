public import Platform

/// The time between the frames of a video that are read, in the notation of commands and files: `500ms`, `1s`, `2m`, or
/// a number of seconds, `1.5`.
public struct FrameInterval: Sendable, Equatable, CustomStringConvertible {
    /// The time: at least a millisecond, at most a day.
    public let duration: Duration

    /// The interval of videos without a choice: a second.
    public static let standard = FrameInterval(.seconds(1))

    package init(_ duration: Duration) { self.duration = duration }

    /// Reads a text.
    ///
    /// - Throws: `NotationError` if the text is no such time.
    public init(_ text: String) throws(NotationError) {
        let units: [(name: String, seconds: Double)] = [("ms", 0.001), ("s", 1), ("m", 60)]
        let unit = units.first { text.hasSuffix($0.name) }
        let number = Double(text.dropLast(unit?.name.count ?? 0))
        guard text.first?.isNumber == true, let number, (0.001...86_400).contains(number * (unit?.seconds ?? 1)) else {
            throw NotationError(
                "'\(text.shown)' is no time between frames from 1ms to a day; write 500ms, 1s, 2m or seconds (1.5)",
                in: text, of: "interval")
        }
        duration = .nanoseconds(Int64((number * (unit?.seconds ?? 1) * 1e9).rounded()))
    }

    /// The text: `500ms`, `1s`, `2m`; seconds for a part of a millisecond, `0.0333`.
    public var description: String {
        let seconds = duration / .seconds(1)
        let milliseconds = (seconds * 1000).rounded()
        guard abs(seconds * 1000 - milliseconds) < 1e-6 else { return "\(seconds)" }
        let count = Int(milliseconds)
        if count % 60_000 == 0 { return "\(count / 60_000)m" }
        return count % 1000 == 0 ? "\(count / 1000)s" : "\(count)ms"
    }
}

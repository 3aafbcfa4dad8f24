/// What ffmpeg prints while it reads: the times of frames, and errors.
struct FrameLog {
    /// The number of frames that were decoded, chosen or not.
    private(set) var decodedCount = 0
    /// The number of errors.
    private(set) var errorCount = 0
    /// The first errors.
    private(set) var firstErrors: [String] = []
    private(set) var lastError: String?

    /// The times of chosen frames that were not used yet; nil for an unknown one.
    private var times: [Double?] = []
    private var line: [UInt8] = []
    /// The unit of times in seconds.
    private var unit: Double?

    private static let longestLine = 4096

    /// Adds printed bytes.
    mutating func add(_ bytes: [UInt8]) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                if !line.isEmpty { addLine() }
                line.removeAll(keepingCapacity: true)
            } else if line.count < Self.longestLine {
                line.append(byte)
            }
        }
    }

    /// Removes the time of the next chosen frame; nil if none was printed yet.
    ///
    /// Throws if ffmpeg knows no time for it.
    mutating func nextTime() throws(ImageError) -> Double? {
        guard !times.isEmpty else { return nil }
        guard let time = times.removeFirst() else {
            throw ImageError(
                .unsupported, message: "ffmpeg reports no time for a frame", advice: "Convert the video to MP4.")
        }
        return time
    }

    private mutating func addLine() {
        if line.starts(with: "[Parsed_showinfo_0 ".utf8) {
            if text(after: "] [info] n:") != nil { decodedCount += 1 }
        } else if line.starts(with: "[Parsed_showinfo_2 ".utf8) {
            if let found = text(after: "config in time_base: ") {
                let parts = found.prefix { $0 != "," }.split(separator: "/").map { Double($0) }
                if parts.count == 2, let above = parts[0], let below = parts[1], below > 0 { unit = above / below }
            } else if text(after: "] [info] n:") != nil {
                // The time in seconds has only six digits.
                let (units, seconds) = (value(of: " pts:"), value(of: " pts_time:"))
                let time = unit.flatMap { unit in units.map { $0 * unit } } ?? seconds
                times.append(time.flatMap { $0.isFinite ? $0 : nil })
            }
        } else if let error = text(after: "[error] ") ?? text(after: "[fatal] ") {
            // Follows every other error.
            guard error != "Conversion failed!" else { return }
            errorCount += 1
            if firstErrors.count < 20 { firstErrors.append(error) }
            lastError = error
        }
    }

    private func value(of name: String) -> Double? {
        text(after: name).flatMap { Double($0.drop { $0 == " " }.prefix { $0 != " " }) }
    }

    /// The rest of the line after a text; nil if it does not contain the text.
    private func text(after text: String) -> String? {
        let wanted = Array(text.utf8)
        guard line.count >= wanted.count,
            let start = (0...(line.count - wanted.count)).first(where: { line[$0...].starts(with: wanted) })
        else { return nil }
        return String(decoding: line[(start + wanted.count)...], as: UTF8.self)
    }
}

internal import LibC
internal import Platform

/// The time of responses, as in RFC 9110: `Sun, 06 Nov 1994 08:49:37 GMT`.
struct HTTPDate {
    private static let latest = Monitor<(second: time_t, date: HTTPDate)?>(nil)
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// The text of the header.
    let text: String

    /// Creates the date of a time in seconds since 1970.
    init(second: time_t) {
        var (second, parts) = (second, tm())
        gmtime_r(&second, &parts)
        func padded(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        text =
            "\(Self.days[Int(parts.tm_wday)]), \(padded(parts.tm_mday)) \(Self.months[Int(parts.tm_mon)]) "
            + "\(1900 + Int(parts.tm_year)) \(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec)) GMT"
    }

    /// The current date. It is made once a second.
    static var now: HTTPDate {
        let second = time(nil)
        return latest.withLock { latest in
            if let latest, latest.second == second { return latest.date }
            let date = HTTPDate(second: second)
            latest = (second, date)
            return date
        }
    }
}

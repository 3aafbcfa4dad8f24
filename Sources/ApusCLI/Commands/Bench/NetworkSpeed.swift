internal import ArgumentParser

/// The rate of a network, written as `10Gbit`, `100Mbit` or `1.25GB`.
struct Bandwidth: ExpressibleByArgument {
    /// The rate in bytes per second.
    let bytesPerSecond: Double

    init?(argument: String) {
        guard let (number, unit) = argument.numberAndUnit else { return nil }
        // A lower-case b is a bit, an upper-case B a byte.
        let isBytes = ["B", "B/s", "Bps"].contains(unit.dropFirst())
        let factors: [Character: Double] = ["k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12]
        guard let factor = unit.lowercased().first.flatMap({ factors[$0] }),
            ["b", "bit", "bits", "bps", "bit/s", "b/s"].contains(unit.dropFirst().lowercased())
        else { return nil }
        bytesPerSecond = number * factor / (isBytes ? 1 : 8)
    }
}

/// A time on the network, written as `50us`, `0.2ms` or `1s`.
struct Latency: ExpressibleByArgument {
    /// The time in seconds.
    let seconds: Double

    init?(argument: String) {
        let factors = ["us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1]
        guard let (number, unit) = argument.numberAndUnit, let factor = factors[unit] else { return nil }
        seconds = number * factor
    }
}

extension String {
    /// A number above 0 and the unit after it; nil for anything else.
    fileprivate var numberAndUnit: (number: Double, unit: String)? {
        let digits = prefix { $0.isASCII && $0.isNumber || $0 == "." }
        guard let number = Double(digits), number > 0, number.isFinite else { return nil }
        return (number, String(dropFirst(digits.count).drop { $0 == " " }))
    }
}

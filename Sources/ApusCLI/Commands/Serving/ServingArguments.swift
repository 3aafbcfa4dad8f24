internal import ArgumentParser
internal import Platform

/// A number of bytes in the notation of flags: `16MB`, `512KiB`, `1000000`.
struct ByteCount: Equatable {
    let bytes: Int

    /// Reads a text.
    ///
    /// - Throws: `ValidationError` if it is no size.
    init(_ text: String) throws {
        let units = [
            ("kib", 1024), ("mib", 1 << 20), ("gib", 1 << 30), ("kb", 1000), ("mb", 1_000_000), ("gb", 1_000_000_000),
            ("b", 1),
        ]
        guard let number = Quantity(text, units: units.map { ($0, Double($1)) }), number.value >= 1 else {
            throw ValidationError("write a size such as 16MB, 512KiB or 1000000 (bytes)")
        }
        bytes = Int(number.value)
    }
}

/// A time in the notation of flags: `2ms`, `10s`, `5m`, `1h`, or a number of seconds, `1.5`.
struct TimeSpan: Equatable {
    let duration: Duration

    /// Reads a text.
    ///
    /// - Throws: `ValidationError` if it is no time.
    init(_ text: String) throws {
        guard let number = Quantity(text, units: [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)]) else {
            throw ValidationError("write a time such as 2ms, 10s, 5m or 1.5 (seconds)")
        }
        duration = .milliseconds((number.value * 1000).rounded(.toNearestOrEven))
    }
}

/// A number that is not negative, with an optional unit.
private struct Quantity {
    /// The value in the smallest unit.
    let value: Double

    init?(_ text: String, units: [(name: String, factor: Double)]) {
        let lower = text.lowercased()
        let unit = units.first { lower.hasSuffix($0.name) }
        let digits = lower.dropLast(unit?.name.count ?? 0)
        // `Double` also reads 1e3 and 0x10.
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }), let number = Double(digits) else {
            return nil
        }
        value = number * (unit?.factor ?? 1)
        // The largest number that all limits can represent.
        guard value <= 1e15 else { return nil }
    }
}

/// A port, or `off`.
struct PortChoice: ExpressibleByArgument, Equatable {
    /// The port; nil for none.
    let port: Int?

    /// Reads `8081` or `off`.
    init?(argument: String) {
        if argument == "off" {
            port = nil
        } else {
            guard let number = Int(argument), (0...65_535).contains(number) else { return nil }
            port = number
        }
    }
}

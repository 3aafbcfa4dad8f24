/// Environment variables with checked values.
struct LauncherVariables {
    private let values: [String: String]

    init(_ values: [String: String]) { self.values = values }

    /// The value of a variable; nil if it is missing or empty.
    func text(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

    func has(_ name: String) -> Bool { text(name) != nil }

    func required(_ name: String, _ reason: String) throws(DistributedError) -> String {
        guard let text = text(name) else { throw missing(name, reason) }
        return text
    }

    /// A number in a range; nil if the variable is missing. `limitName` is the variable with the limit.
    func number(
        _ name: String, atLeast low: Int, below limit: Int? = nil, _ limitName: String = ""
    ) throws(DistributedError) -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text), number >= low, number < limit ?? .max else {
            let most = limit.map { ", less than \(limitName) (\($0))" } ?? ""
            throw wrong(name, "a number of at least \(low)\(most)")
        }
        return number
    }

    /// `MASTER_PORT`, or another number if it is missing.
    func port(or other: Int?) throws(DistributedError) -> Int {
        if let port = try number("MASTER_PORT", atLeast: 1, below: 65536, "the number of ports") ?? other {
            return port
        }
        throw missing("MASTER_PORT", "RANK is set")
    }

    func missing(_ name: String, _ reason: String) -> DistributedError {
        DistributedError(
            .environment,
            "the environment variable \(name) is missing, although \(reason); the launcher of a training on many "
                + "processes sets it. To train in one process, unset the others")
    }

    func wrong(_ name: String, _ expectation: String) -> DistributedError {
        DistributedError(.environment, "the environment variable \(name) is '\(text(name) ?? "")', not \(expectation)")
    }
}

public import Platform

extension Schedule: LosslessStringConvertible, Codable {
    /// The forms of the notation for a help text, such as `step:EPOCHS[,FACTOR]`.
    public static var forms: [String] { table.map(\.usage) }

    /// Parses the notation: a word, then a colon and numbers separated by commas. Numbers omitted at the end take their
    /// defaults.
    ///
    /// `constant`, `step:7,0.1`, `multistep:30,60,0.1` (the factor is the number with a decimal point),
    /// `exponential:0.95`, `decay:0.1`, `inverse:0.5`, `cosine`, `cosine:0.00001`, `onecycle`, `onecycle:0.25`,
    /// `polynomial:2`, `plateau:3,0.1`.
    ///
    /// - Throws: `NotationError` with the wrong character and the valid forms.
    public init(parsing text: String) throws(NotationError) {
        let subject = "the schedule '\(text)'"
        let halves = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let name = halves[0].trimmedPart
        guard let form = Self.table.first(where: { $0.name == name }) else {
            throw NotationError(
                "unknown schedule '\(name)'; available: \(Self.forms.joined(separator: ", "))", at: name, of: subject)
        }
        let numbers = halves.dropFirst().flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
        let words = NotationWords(
            numbers.map(\.trimmedPart), end: text.suffix(0), hint: "the form is \(form.usage)", of: subject)
        self = try form.read(words) { _ in "too many numbers" }
    }

    private static let table: [NotationForm<Schedule>] = [
        NotationForm("constant", .constant),
        NotationForm("step:EPOCHS[,FACTOR]") {
            .step(
                every: try $0.whole("the number of epochs between two changes", from: 1),
                factor: try $0.number("the factor", default: 0.1, above: 0))
        },
        NotationForm("multistep:EPOCH,EPOCH,…[,FACTOR]") { try $0.multiStep() },
        NotationForm("exponential:FACTOR") { .exponential(factor: try $0.number("the factor", above: 0)) },
        NotationForm("decay:K") { .decay(rate: try $0.number("k", from: 0)) },
        NotationForm("inverse:K") { .inverse(rate: try $0.number("k", from: 0)) },
        NotationForm("cosine[:MINIMUM]") { .cosine(minimum: try $0.number("the minimum rate", default: 0, from: 0)) },
        NotationForm("onecycle[:RISE,DIVISOR,FINAL_DIVISOR,LOW_MOMENTUM,HIGH_MOMENTUM]") {
            let usual = OneCycle()
            return .oneCycle(
                OneCycle(
                    rise: try $0.number("the fraction of rising steps", default: usual.rise, from: 0, to: 1),
                    divisor: try $0.number("the divisor of the first rate", default: usual.divisor, from: 1),
                    finalDivisor: try $0.number("the divisor of the last rate", default: usual.finalDivisor, from: 1),
                    lowMomentum: try $0.number("the low momentum", default: usual.lowMomentum, from: 0, below: 1),
                    highMomentum: try $0.number("the high momentum", default: usual.highMomentum, from: 0, below: 1)))
        },
        NotationForm("polynomial[:POWER]") { .polynomial(power: try $0.number("the power", default: 1, above: 0)) },
        NotationForm("plateau[:PATIENCE,FACTOR,THRESHOLD,COOLDOWN,MINIMUM]") {
            let usual = Plateau()
            return .plateau(
                Plateau(
                    patience: try $0.whole("the number of epochs of patience", default: usual.patience, from: 0),
                    factor: try $0.number("the factor", default: usual.factor, above: 0, below: 1),
                    threshold: try $0.number("the threshold", default: usual.threshold, from: 0, below: 1),
                    cooldown: try $0.whole("the number of cooldown epochs", default: usual.cooldown, from: 0),
                    minimum: try $0.number("the minimum rate", default: usual.minimum, from: 0)))
        },
    ]

    /// Parses the notation, or returns nil if it is wrong. `init(parsing:)` describes the error.
    public init?(_ text: String) {
        guard let schedule = try? Schedule(parsing: text) else { return nil }
        self = schedule
    }

    /// The notation, which `init(parsing:)` parses.
    public var description: String {
        switch self {
        case .constant:
            return "constant"
        case .step(let every, let factor):
            return "step:\(every),\(shortText(factor))"
        case .multiStep(let milestones, let factor):
            // A factor is written with its decimal point, so it is not read as a milestone.
            return "multistep:" + (milestones.map(\.description) + ["\(factor)"]).joined(separator: ",")
        case .exponential(let factor):
            return "exponential:\(shortText(factor))"
        case .decay(let rate):
            return "decay:\(shortText(rate))"
        case .inverse(let rate):
            return "inverse:\(shortText(rate))"
        case .cosine(let minimum):
            return notation("cosine", [minimum], defaults: [0], shown: 0)
        case .oneCycle(let cycle):
            return notation("onecycle", cycle.values, defaults: OneCycle().values, shown: 0)
        case .polynomial(let power):
            return "polynomial:\(shortText(power))"
        case .plateau(let plateau):
            return notation("plateau", plateau.values, defaults: Plateau().values, shown: 2)
        }
    }

    /// Reads the notation from a single text.
    public init(from decoder: any Decoder) throws { self = try decoder.decode(Schedule.init(parsing:)) }

    /// Writes the notation as a single text.
    public func encode(to encoder: any Encoder) throws { try description.encode(to: encoder) }
}

extension Schedule.OneCycle {
    fileprivate var values: [Double] { [rise, divisor, finalDivisor, lowMomentum, highMomentum] }
}

extension Schedule.Plateau {
    fileprivate var values: [Double] { [Double(patience), factor, threshold, Double(cooldown), minimum] }
}

/// A word and its numbers. Trailing numbers with default values are omitted, except for the first `shown`.
private func notation(_ word: String, _ values: [Double], defaults: [Double], shown: Int) -> String {
    let count = max(shown, zip(values, defaults).map { $0 != $1 }.lastIndex(of: true).map { $0 + 1 } ?? 0)
    return count == 0 ? word : "\(word):" + values.prefix(count).map(shortText).joined(separator: ",")
}

extension NotationWords {
    /// The next number, finite and decimal.
    fileprivate mutating func number(
        _ name: String, default standard: Double? = nil, above low: Double? = nil, from least: Double? = nil,
        below high: Double? = nil, to most: Double? = nil
    ) throws(NotationError) -> Double {
        let bounds = [
            low.map { "above \(shortText($0))" }, least.map { "at least \(shortText($0))" },
            high.map { "below \(shortText($0))" }, most.map { "at most \(shortText($0))" },
        ].compactMap(\.self).joined(separator: " and ")
        if let standard, values.isEmpty { return standard }
        return try value(next(name), name, is: "a number \(bounds)") { text in
            guard text.utf8.allSatisfy("0123456789.eE+-".utf8.contains), let value = Double(text), value.isFinite,
                value > low ?? -.infinity, value >= least ?? -.infinity, value < high ?? .infinity,
                value <= most ?? .infinity
            else { return nil }
            return value
        }
    }

    /// The next integer.
    fileprivate mutating func whole(
        _ name: String, default standard: Int? = nil, from least: Int
    ) throws(NotationError) -> Int {
        if let standard, values.isEmpty { return standard }
        return try value(next(name), name, is: "an integer of at least \(least)") { text in
            Int(text).flatMap { $0 >= least ? $0 : nil }
        }
    }

    /// The epochs in ascending order, and optionally a factor: the last number if it is not written as an integer.
    fileprivate mutating func multiStep() throws(NotationError) -> Schedule {
        let factors = values.count > 1 && Int(values.last ?? "") == nil ? 1 : 0
        var milestones: [Int] = []
        repeat {
            let word = values.first
            let epoch = try whole("an epoch", from: 1)
            if let previous = milestones.last, epoch <= previous {
                throw fault("the epochs must be in ascending order, but \(epoch) follows \(previous)", at: word)
            }
            milestones.append(epoch)
        } while values.count > factors
        return .multiStep(milestones: milestones, factor: try number("the factor", default: 0.1, above: 0))
    }
}

/// A number without a redundant `.0`.
func shortText(_ number: Double) -> String {
    let text = "\(number)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

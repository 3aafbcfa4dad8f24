/// The words of the notation.
private enum Word: String, CaseIterable {
    case constant, step, multistep, exponential, decay, inverse, cosine, onecycle, polynomial, plateau

    /// The word with its arguments; those in brackets may be left out.
    var form: String {
        switch self {
        case .constant: "constant"
        case .step: "step:EPOCHS[,FACTOR]"
        case .multistep: "multistep:EPOCH,EPOCH,…[,FACTOR]"
        case .exponential: "exponential:FACTOR"
        case .decay: "decay:K"
        case .inverse: "inverse:K"
        case .cosine: "cosine[:MINIMUM]"
        case .onecycle: "onecycle[:RISE,DIVISOR,FINAL_DIVISOR,LOW_MOMENTUM,HIGH_MOMENTUM]"
        case .polynomial: "polynomial[:POWER]"
        case .plateau: "plateau[:PATIENCE,FACTOR,THRESHOLD,COOLDOWN,MINIMUM]"
        }
    }
}

extension Schedule: LosslessStringConvertible, Codable {
    /// The forms of the notation, `step:EPOCHS[,FACTOR]` for one, for a help text.
    public static var forms: [String] { Word.allCases.map(\.form) }

    /// Reads the notation: a word, and after a colon its numbers with commas between them. What is left out at the end
    /// takes its default.
    ///
    /// `constant`, `step:7,0.1`, `multistep:30,60,0.1` (the factor is the number with a decimal point), `exponential:0.95`,
    /// `decay:0.1`, `inverse:0.5`, `cosine`, `cosine:0.00001`, `onecycle`, `onecycle:0.25`, `polynomial:2`, `plateau:3,0.1`.
    ///
    /// - Throws: `ScheduleError` with the character that is wrong and what there is.
    public init(parsing text: String) throws(ScheduleError) {
        var reader = ScheduleReader(text)
        let (name, start) = reader.word
        guard let word = Word(rawValue: name) else {
            throw reader.error(at: start, "there is no '\(name)'; there are \(Self.forms.joined(separator: ", "))")
        }
        reader.form = word.form
        switch word {
        case .constant:
            self = .constant
        case .step:
            self = .step(
                every: try reader.whole("the number of epochs between two changes", from: 1),
                factor: try reader.number("the factor", default: 0.1, above: 0))
        case .multistep:
            self = try reader.multiStep()
        case .exponential:
            self = .exponential(factor: try reader.number("the factor", above: 0))
        case .decay:
            self = .decay(rate: try reader.number("k", from: 0))
        case .inverse:
            self = .inverse(rate: try reader.number("k", from: 0))
        case .cosine:
            self = .cosine(minimum: try reader.number("the lowest rate", default: 0, from: 0))
        case .onecycle:
            self = .oneCycle(try reader.oneCycle())
        case .polynomial:
            self = .polynomial(power: try reader.number("the power", default: 1, above: 0))
        case .plateau:
            self = .plateau(try reader.plateau())
        }
        try reader.end()
    }

    /// Reads the notation; nil where it is wrong. `init(parsing:)` says why.
    public init?(_ text: String) {
        guard let schedule = try? Schedule(parsing: text) else { return nil }
        self = schedule
    }

    /// The notation, which `init(parsing:)` reads back.
    public var description: String {
        switch self {
        case .constant:
            return "constant"
        case .step(let every, let factor):
            return "step:\(every),\(shortText(factor))"
        case .multiStep(let milestones, let factor):
            // With its decimal point a factor is no milestone.
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
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        do {
            try self.init(parsing: text)
        } catch {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: error.description, underlyingError: error))
        }
    }

    /// Writes the notation as a single text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Schedule.OneCycle {
    fileprivate var values: [Double] { [rise, divisor, finalDivisor, lowMomentum, highMomentum] }
}

extension Schedule.Plateau {
    fileprivate var values: [Double] { [Double(patience), factor, threshold, Double(cooldown), minimum] }
}

/// A word and its numbers; of those at the end that are the defaults, the first `shown` alone.
private func notation(_ word: String, _ values: [Double], defaults: [Double], shown: Int) -> String {
    let count = max(shown, zip(values, defaults).map { $0 != $1 }.lastIndex(of: true).map { $0 + 1 } ?? 0)
    return count == 0 ? word : "\(word):" + values.prefix(count).map(shortText).joined(separator: ",")
}

/// A number without a needless `.0`.
func shortText(_ number: Double) -> String {
    let text = "\(number)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

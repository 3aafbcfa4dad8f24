/// A schedule's text that cannot be read: where, and what is wrong.
public struct ScheduleError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The whole text.
    public let text: String
    /// The place of the character at fault, counted from 0; the text's length where something is missing at its end.
    public let offset: Int
    /// What is wrong, and what there is.
    public let problem: String

    /// One line: the text, the character counted from 1, what is wrong.
    public var description: String { "the schedule '\(text)', character \(offset + 1): \(problem)" }
}

/// Takes the notation of a schedule apart.
struct ScheduleReader {
    /// What is read, with its place in the text.
    typealias Piece = (text: String, offset: Int)

    /// The word before the colon.
    let word: Piece
    /// The word and its arguments as they should be, for errors.
    var form = ""

    private let text: String
    private var arguments: [Piece] = []
    private var next = 0

    init(_ text: String) {
        self.text = text
        let colon = text.firstIndex(of: ":")
        word = Self.piece(text[..<(colon ?? text.endIndex)], of: text)
        guard let colon else { return }
        arguments = text[text.index(after: colon)...].split(separator: ",", omittingEmptySubsequences: false)
            .map { Self.piece($0, of: text) }
    }

    /// Without the spaces around it.
    private static func piece(_ part: Substring, of text: String) -> Piece {
        var trimmed = part.drop { $0 == " " }
        while trimmed.last == " " { trimmed.removeLast() }
        return (String(trimmed), text.distance(from: text.startIndex, to: trimmed.startIndex))
    }

    func error(at offset: Int, _ problem: String) -> ScheduleError {
        ScheduleError(text: text, offset: offset, problem: problem)
    }

    /// Nothing may be left over.
    func end() throws(ScheduleError) {
        guard next < arguments.count else { return }
        throw error(at: arguments[next].offset, "this is one number too many; the form is \(form)")
    }

    /// The next number.
    ///
    /// - Parameters:
    ///   - name: what it means, for errors.
    ///   - default: what it is where it is left out; nil for a number that must be there.
    mutating func number(
        _ name: String, default standard: Double? = nil, above low: Double? = nil, from least: Double? = nil,
        below high: Double? = nil, to most: Double? = nil
    ) throws(ScheduleError) -> Double {
        guard let piece = try nextPiece(name, isOptional: standard != nil) else { return standard ?? 0 }
        let bounds = [
            low.map { "above \(shortText($0))" }, least.map { "at least \(shortText($0))" },
            high.map { "below \(shortText($0))" }, most.map { "at most \(shortText($0))" },
        ].compactMap(\.self).joined(separator: " and ")
        guard let value = Self.value(piece.text), value > low ?? -.infinity, value >= least ?? -.infinity,
            value < high ?? .infinity, value <= most ?? .infinity
        else {
            throw error(at: piece.offset, "\(name) is a number \(bounds), not '\(piece.text)'; the form is \(form)")
        }
        return value
    }

    /// The next whole number.
    mutating func whole(
        _ name: String, default standard: Int? = nil, from least: Int
    ) throws(ScheduleError) -> Int {
        guard let piece = try nextPiece(name, isOptional: standard != nil) else { return standard ?? 0 }
        guard let value = Int(piece.text), value >= least else {
            throw error(
                at: piece.offset, "\(name) is a whole number from \(least) on, not '\(piece.text)'; the form is \(form)"
            )
        }
        return value
    }

    private mutating func nextPiece(_ name: String, isOptional: Bool) throws(ScheduleError) -> Piece? {
        defer { next += 1 }
        if next < arguments.count { return arguments[next] }
        if isOptional { return nil }
        throw error(at: text.count, "\(name) is missing; the form is \(form)")
    }

    /// A finite decimal number.
    private static func value(_ text: String) -> Double? {
        guard text.utf8.allSatisfy({ "0123456789.eE+-".utf8.contains($0) }), let value = Double(text), value.isFinite
        else { return nil }
        return value
    }
}

extension ScheduleReader {
    /// Epochs, each above the one before, and perhaps a factor: the last number, where it is not whole by its looks.
    mutating func multiStep() throws(ScheduleError) -> Schedule {
        let last = arguments.last?.text ?? ""
        let hasFactor = arguments.count > 1 && Int(last) == nil
        var milestones: [Int] = []
        repeat {
            let offset = next < arguments.count ? arguments[next].offset : text.count
            let epoch = try whole("an epoch", from: 1)
            if let previous = milestones.last, epoch <= previous {
                throw error(at: offset, "the epochs must rise, and \(epoch) comes after \(previous)")
            }
            milestones.append(epoch)
        } while next < arguments.count - (hasFactor ? 1 : 0)
        return .multiStep(milestones: milestones, factor: try number("the factor", default: 0.1, above: 0))
    }

    mutating func oneCycle() throws(ScheduleError) -> Schedule.OneCycle {
        var cycle = Schedule.OneCycle()
        cycle.rise = try number("the share of rising steps", default: cycle.rise, from: 0, to: 1)
        cycle.divisor = try number("the divisor of the first rate", default: cycle.divisor, from: 1)
        cycle.finalDivisor = try number("the divisor of the last rate", default: cycle.finalDivisor, from: 1)
        cycle.lowMomentum = try number("the low momentum", default: cycle.lowMomentum, from: 0, below: 1)
        cycle.highMomentum = try number("the high momentum", default: cycle.highMomentum, from: 0, below: 1)
        return cycle
    }

    mutating func plateau() throws(ScheduleError) -> Schedule.Plateau {
        var plateau = Schedule.Plateau()
        plateau.patience = try whole("the number of epochs to be patient", default: plateau.patience, from: 0)
        plateau.factor = try number("the factor", default: plateau.factor, above: 0, below: 1)
        plateau.threshold = try number("the threshold", default: plateau.threshold, from: 0, below: 1)
        plateau.cooldown = try whole("the number of epochs to cool down", default: plateau.cooldown, from: 0)
        plateau.minimum = try number("the lowest rate", default: plateau.minimum, from: 0)
        return plateau
    }
}

internal import Platform

/// The arguments of one step, each under the name of its parameter, as a form asks for them.
struct TransformArguments {
    /// What is wrong with an argument, and where.
    struct Fault: Error {
        let reason: String
        let range: Range<Int>
    }

    private let form: TransformForm
    /// Where the step's name stands.
    private let range: Range<Int>
    private var values: [String: NotedValue] = [:]

    init(_ step: NotedStep, form: TransformForm) throws(Fault) {
        self.form = form
        range = step.range
        for (place, argument) in step.arguments.enumerated() {
            let name: String
            let nameRange: Range<Int>
            if let given = argument.name {
                guard let parameter = form.parameter(given.text) else {
                    let near = form.parameterNames.nearest(to: given.text)
                    throw Fault(
                        reason: "\(form.name) has no argument '\(given.text)'"
                            + (near.map { "; is it '\($0)'? It" } ?? "; it") + " is written \(form.usage)",
                        range: given.range)
                }
                (name, nameRange) = (parameter, given.range)
            } else {
                guard step.arguments[..<place].allSatisfy({ $0.name == nil }) else {
                    throw Fault(
                        reason: "an argument without a name stands before those with one; it is written \(form.usage)",
                        range: argument.value.range)
                }
                guard place < form.parameterNames.count else {
                    throw Fault(
                        reason: "that is one argument too many; it is written \(form.usage)",
                        range: argument.value.range)
                }
                (name, nameRange) = (form.parameterNames[place], argument.value.range)
            }
            guard values.updateValue(argument.value, forKey: name) == nil else {
                throw Fault(reason: "\(name) is given twice", range: nameRange)
            }
        }
    }

    /// Whether the argument is given.
    func has(_ name: String) -> Bool { values[name] != nil }

    /// What is wrong with an argument, or with the whole step where it is not given.
    func fault(_ name: String?, _ reason: String) -> Fault {
        Fault(reason: reason, range: name.flatMap { values[$0]?.range } ?? range)
    }

    private func value(_ name: String) -> NotedValue? { values[name] }

    /// What is wrong where an argument lacks.
    func missing(_ name: String) -> Fault { fault(nil, "\(name) is missing; it is written \(form.usage)") }
}

// MARK: Kinds of values

extension TransformArguments {
    /// A whole number; without a usual one it must be given.
    func whole(_ name: String, in range: ClosedRange<Int>, otherwise: Int? = nil) throws(Fault) -> Int {
        guard let value = value(name) else {
            if let otherwise { return otherwise }
            throw missing(name)
        }
        return try Self.whole(value, name, in: range)
    }

    /// A number; without a usual one it must be given.
    func number(_ name: String, in range: ClosedRange<Double>, otherwise: Double? = nil) throws(Fault) -> Double {
        guard let value = value(name) else {
            if let otherwise { return otherwise }
            throw missing(name)
        }
        return try Self.number(value, name, in: range)
    }

    /// A chance, from 0 to 1.
    func chance(_ name: String = "p", otherwise: Double? = nil) throws(Fault) -> Double {
        try number(name, in: 0...1, otherwise: otherwise)
    }

    /// `a...b` or `(a, b)`; `single` makes a range of one number.
    func range(
        _ name: String, in bounds: ClosedRange<Double>, otherwise: ClosedRange<Double>? = nil,
        single: ((Double) -> ClosedRange<Double>)? = nil
    ) throws(Fault) -> ClosedRange<Double> {
        guard let range = try optionalRange(name, in: bounds, single: single) ?? otherwise else { throw missing(name) }
        return range
    }

    /// The same, nil where it is not given.
    func optionalRange(
        _ name: String, in bounds: ClosedRange<Double>, single: ((Double) -> ClosedRange<Double>)? = nil
    ) throws(Fault) -> ClosedRange<Double>? {
        guard let value = value(name) else { return nil }
        return try Self.range(value, name, in: bounds, single: single)
    }

    /// True or false.
    func flag(_ name: String, otherwise: Bool) throws(Fault) -> Bool {
        guard let value = value(name) else { return otherwise }
        guard case .word(let word) = value.kind, let flag = Bool(word.lowercased()) else {
            throw Fault(reason: "\(name) is true or false", range: value.range)
        }
        return flag
    }

    /// One of a few words.
    func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _ name: String, otherwise: Choice? = nil
    ) throws(Fault) -> Choice {
        guard let value = value(name) else {
            if let otherwise { return otherwise }
            throw missing(name)
        }
        let names = Choice.allCases.map(\.rawValue)
        if case .word(let word) = value.kind,
            let choice = Choice.allCases.first(where: { $0.rawValue.normalizedName == word.normalizedName })
        {
            return choice
        }
        throw Fault(reason: "\(name) is one of \(names.joined(separator: ", "))", range: value.range)
    }

    /// A grey, or red, green and blue in brackets, each from 0 to 255.
    func color(_ name: String, otherwise: RGBColor = .black) throws(Fault) -> RGBColor {
        guard let value = value(name) else { return otherwise }
        let parts = try wholes(name, in: 0...255).map { UInt8($0) }
        switch parts.count {
        case 1: return RGBColor(red: parts[0], green: parts[0], blue: parts[0])
        case 3: return RGBColor(red: parts[0], green: parts[1], blue: parts[2])
        default:
            throw Fault(
                reason: "\(name) is a grey from 0 to 255, or (red, green, blue)", range: value.range)
        }
    }

    /// Two numbers in brackets, or one for both; nil where none is given.
    func pair(_ name: String, in range: ClosedRange<Double>) throws(Fault) -> PixelPoint? {
        guard let value = value(name) else { return nil }
        let parts = Self.parts(of: value)
        guard let first = parts.first, let last = parts.last, parts.count <= 2 else {
            throw Fault(reason: "\(name) is (across, down)", range: value.range)
        }
        return PixelPoint(x: try Self.number(first, name, in: range), y: try Self.number(last, name, in: range))
    }

    /// So many numbers in brackets; nil where the argument is anything else.
    func numbers(_ name: String, count: Int, in range: ClosedRange<Double>) throws(Fault) -> [Double]? {
        guard case .list(let parts)? = value(name)?.kind, parts.count == count else { return nil }
        var numbers: [Double] = []
        for part in parts { numbers.append(try Self.number(part, name, in: range)) }
        return numbers
    }

    /// A whole number, or several in brackets; none where it is not given.
    func wholes(_ name: String, in range: ClosedRange<Int>) throws(Fault) -> [Int] {
        guard let value = value(name) else { return [] }
        var numbers: [Int] = []
        for part in Self.parts(of: value) { numbers.append(try Self.whole(part, name, in: range)) }
        return numbers
    }

    /// Whether the argument is this word.
    func isWord(_ name: String, _ word: String) -> Bool {
        guard case .word(let given)? = value(name)?.kind else { return false }
        return given.normalizedName == word.normalizedName
    }

    /// Pixels on each side: one number, (across, down) or (left, top, right, bottom).
    func padding(_ name: String) throws(Fault) -> Padding? {
        guard let value = value(name) else { return nil }
        let parts = try wholes(name, in: 0...Self.longestSide)
        switch parts.count {
        case 1: return Padding(parts[0])
        case 2: return Padding(left: parts[0], top: parts[1], right: parts[0], bottom: parts[1])
        case 4: return Padding(left: parts[0], top: parts[1], right: parts[2], bottom: parts[3])
        default:
            throw Fault(
                reason: "\(name) is one number, (across, down) or (left, top, right, bottom)", range: value.range)
        }
    }

    /// The longest side that a picture may be given. A text may say anything.
    static let longestSide = 65_536

    /// A size by `size`, which is a side or (height, width), or by `height` and `width`. One side alone is a square's,
    /// or the short side where the picture keeps its proportions: `isOneSide` tells.
    func sides() throws(Fault) -> (size: PixelSize, isOneSide: Bool) {
        let sides = 1...Self.longestSide
        guard let value = value("size") else {
            guard has("height") || has("width") else { throw missing("size") }
            return (PixelSize(width: try whole("width", in: sides), height: try whole("height", in: sides)), false)
        }
        if has("height") { throw fault("height", "the height is given twice; it is written \(form.usage)") }
        let parts = Self.parts(of: value)
        guard let first = parts.first, parts.count <= 2 else {
            throw Fault(reason: "size is a side or (height, width)", range: value.range)
        }
        let height = try Self.whole(first, "size", in: sides)
        if parts.count == 2 {
            if has("width") { throw fault("width", "the width is given twice; it is written \(form.usage)") }
            return (PixelSize(width: try Self.whole(parts[1], "size", in: sides), height: height), false)
        }
        return (PixelSize(width: try whole("width", in: sides, otherwise: height), height: height), !has("width"))
    }

    /// The same where a single side is a square's.
    func size() throws(Fault) -> PixelSize { try sides().size }

    // MARK: Values

    private static func parts(of value: NotedValue) -> [NotedValue] {
        if case .list(let parts) = value.kind { return parts }
        return [value]
    }

    private static func whole(
        _ value: NotedValue, _ name: String, in range: ClosedRange<Int>
    ) throws(Fault) -> Int {
        guard case .word(let word) = value.kind, let number = Int(word), range.contains(number) else {
            throw Fault(
                reason: "\(name) is a whole number from \(range.lowerBound) to \(range.upperBound)",
                range: value.range)
        }
        return number
    }

    private static func number(
        _ value: NotedValue, _ name: String, in range: ClosedRange<Double>
    ) throws(Fault) -> Double {
        guard case .word(let word) = value.kind, let number = Double(word), range.contains(number) else {
            throw Fault(
                reason: "\(name) is a number from \(range.lowerBound.noted) to \(range.upperBound.noted)",
                range: value.range)
        }
        return number
    }

    private static func range(
        _ value: NotedValue, _ name: String, in bounds: ClosedRange<Double>,
        single: ((Double) -> ClosedRange<Double>)?
    ) throws(Fault) -> ClosedRange<Double> {
        let ends: [NotedValue]
        switch value.kind {
        case .word:
            if let single { return single(try number(value, name, in: 0...bounds.upperBound)) }
            ends = []
        case .range(let first, let last):
            ends = [first, last].map { NotedValue(kind: .word($0), range: value.range) }
        case .list(let parts): ends = parts
        }
        guard ends.count == 2 else {
            throw Fault(
                reason: "\(name) is a range between \(bounds.lowerBound.noted) and \(bounds.upperBound.noted), such as "
                    + "\(bounds.lowerBound.noted)...\(bounds.upperBound.noted)", range: value.range)
        }
        let (low, high) = (try number(ends[0], name, in: bounds), try number(ends[1], name, in: bounds))
        guard low <= high else {
            throw Fault(reason: "the range of \(name) begins above its end", range: value.range)
        }
        return low...high
    }
}

extension String {
    /// Without what names may be written with or without: capitals and underscores.
    var normalizedName: String { lowercased().filter { $0 != "_" && $0 != "-" } }
}

extension [String] {
    /// The one that a text may have been meant to be, or nil.
    func nearest(to text: String) -> String? {
        let wanted = [Character](text.normalizedName)
        let distances = map { editDistance([Character]($0.normalizedName), wanted) }
        guard let least = distances.min(), let place = distances.firstIndex(of: least), least * 2 <= wanted.count else {
            return nil
        }
        return self[place]
    }
}

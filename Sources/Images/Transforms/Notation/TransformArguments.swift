internal import Platform

/// The arguments of one step, each with the name of its parameter.
struct TransformArguments {
    private let form: TransformForm
    /// The position of the step's name.
    private let place: Substring
    private var values: [String: NotedValue] = [:]

    init(_ step: NotedStep, form: TransformForm) throws(NotationError) {
        (self.form, place) = (form, step.name.place)
        for (number, (given, value)) in step.arguments.enumerated() {
            let name: String
            if let given {
                guard let parameter = form.parameter(given.text) else {
                    let near = form.parameterNames.nearest(to: String(given.text))
                    throw NotationError(
                        "\(form.name) has no argument '\(given.text)'"
                            + (near.map { "; did you mean '\($0)'? The form is" } ?? "; the form is")
                            + " \(form.usage)",
                        at: given.place)
                }
                name = parameter
            } else {
                guard step.arguments[..<number].allSatisfy({ $0.name == nil }) else {
                    throw NotationError(
                        "arguments without a name come before those with one; the form is \(form.usage)",
                        at: value.place)
                }
                guard number < form.parameterNames.count else {
                    throw NotationError(
                        "too many arguments; the form is \(form.usage)", at: value.place)
                }
                name = form.parameterNames[number]
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw NotationError("\(name) is given twice", at: given?.place ?? value.place)
            }
        }
    }

    /// Whether the argument is given.
    func has(_ name: String) -> Bool { values[name] != nil }

    /// The number of values in its brackets.
    func count(_ name: String) -> Int { values[name]?.parts.count ?? 0 }

    /// An error of an argument, or of the whole step if it is not given.
    func fault(_ name: String, _ reason: String) -> NotationError {
        NotationError(reason, at: values[name]?.place ?? place)
    }

    /// The error of a missing argument.
    func missing(_ name: String) -> NotationError {
        NotationError("\(name) is missing; the form is \(form.usage)", at: place)
    }

    /// The parsed argument, or its default if it is not given. Without a default it is required.
    private func value<Value>(
        _ name: String, otherwise: Value?, _ read: (NotedValue) throws(NotationError) -> Value
    ) throws(NotationError) -> Value {
        if let value = values[name] { return try read(value) }
        guard let otherwise else { throw missing(name) }
        return otherwise
    }
}

// MARK: Kinds of values

/// A number that can be an argument.
protocol NotedNumber: Notable, Comparable, LosslessStringConvertible {
    /// Its name in errors.
    static var kind: String { get }
}

extension Int: NotedNumber {
    static var kind: String { "an integer" }
}

extension Double: NotedNumber {
    static var kind: String { "a number" }
}

extension TransformArguments {
    /// A number; required if it has no default.
    func number<Number: NotedNumber>(
        _ name: String, in range: ClosedRange<Number>, otherwise: Number? = nil
    ) throws(NotationError) -> Number {
        try value(name, otherwise: otherwise) { value throws(NotationError) in try Self.number(value, name, in: range) }
    }

    /// A probability, from 0 to 1.
    func chance(_ name: String = "p", otherwise: Double? = nil) throws(NotationError) -> Double {
        try number(name, in: 0...1, otherwise: otherwise)
    }

    /// Numbers in brackets, or a single one; empty if the argument is not given.
    ///
    /// - Parameter form: The allowed numbers of values, for errors.
    func numbers<Number: NotedNumber>(
        _ name: String, in range: ClosedRange<Number>, counts: Set<Int>, _ form: String
    ) throws(NotationError) -> [Number] {
        try value(name, otherwise: []) { value throws(NotationError) in
            guard counts.contains(value.parts.count) else { throw fault(name, "\(name) must be \(form)") }
            return try value.parts.map { part throws(NotationError) in try Self.number(part, name, in: range) }
        }
    }

    /// `a...b` or `(a, b)`; `single` makes a range of one number.
    func range(
        _ name: String, in bounds: ClosedRange<Double>, otherwise: ClosedRange<Double>? = nil,
        single: ((Double) -> ClosedRange<Double>)? = nil
    ) throws(NotationError) -> ClosedRange<Double> {
        try value(name, otherwise: otherwise) { value throws(NotationError) in
            let ends: [NotedValue]
            switch value.kind {
            case .word:
                if let single { return single(try Self.number(value, name, in: 0...bounds.upperBound)) }
                ends = []
            case .range(let first, let last):
                ends = [first, last].map { NotedValue(kind: .word($0), place: value.place) }
            case .list(let parts): ends = parts
            }
            guard ends.count == 2 else {
                let (low, high) = (bounds.lowerBound.noted, bounds.upperBound.noted)
                throw fault(name, "\(name) must be a range between \(low) and \(high), such as \(low)...\(high)")
            }
            let low = try Self.number(ends[0], name, in: bounds)
            let high = try Self.number(ends[1], name, in: bounds)
            guard low <= high else { throw fault(name, "the start of the range \(name) is above its end") }
            return low...high
        }
    }

    /// True or false.
    func flag(_ name: String, otherwise: Bool) throws(NotationError) -> Bool {
        try value(name, otherwise: otherwise) { value throws(NotationError) in
            guard case .word(let word) = value.kind, let flag = Bool(word.lowercased()) else {
                throw fault(name, "\(name) must be true or false")
            }
            return flag
        }
    }

    /// One of a few words.
    func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _ name: String, otherwise: Choice
    ) throws(NotationError) -> Choice {
        guard has(name) else { return otherwise }
        guard let choice = Choice.allCases.first(where: { isWord(name, $0.rawValue) }) else {
            let names = Choice.allCases.map(\.rawValue)
            throw fault(name, "\(name) must be one of \(names.joined(separator: ", "))")
        }
        return choice
    }

    /// Whether the argument is this word.
    func isWord(_ name: String, _ word: String) -> Bool {
        guard case .word(let given)? = values[name]?.kind else { return false }
        return given.normalizedName == word.normalizedName
    }

    /// A gray, or red, green and blue in brackets, each from 0 to 255.
    func color(_ name: String, otherwise: RGBColor = .black) throws(NotationError) -> RGBColor {
        let parts = try numbers(
            name, in: 0...255, counts: [1, 3], "a gray from 0 to 255, or (red, green, blue)"
        ).map { UInt8($0) }
        guard let first = parts.first, let last = parts.last else { return otherwise }
        return RGBColor(red: first, green: parts[parts.count / 2], blue: last)
    }

    /// Two numbers in brackets, or one for both; nil if none is given.
    func pair(_ name: String, in range: ClosedRange<Double>) throws(NotationError) -> PixelPoint? {
        let parts = try numbers(name, in: range, counts: [1, 2], "(horizontal, vertical)")
        guard let x = parts.first, let y = parts.last else { return nil }
        return PixelPoint(x: x, y: y)
    }

    /// Pixels on each side: one number, (horizontal, vertical) or (left, top, right, bottom); nil if none is given.
    func padding(_ name: String) throws(NotationError) -> Padding? {
        let parts = try numbers(
            name, in: 0...Self.longestSide, counts: [1, 2, 4],
            "one number, (horizontal, vertical) or (left, top, right, bottom)")
        guard let left = parts.first else { return nil }
        let count = parts.count
        return Padding(left: left, top: parts[1 % count], right: parts[2 % count], bottom: parts[3 % count])
    }

    /// The maximum side of an image in the notation, because a text may contain any number.
    static let longestSide = 65_536

    /// A size from `size`, which is a side or (height, width), or from `height` and `width`. A single side is a
    /// square's, or the short side if the image keeps its proportions; `isOneSide` reports which.
    func sides() throws(NotationError) -> (size: PixelSize, isOneSide: Bool) {
        let range = 1...Self.longestSide
        let given = try numbers("size", in: range, counts: [1, 2], "a side or (height, width)")
        guard let height = given.first, let width = given.last else {
            guard has("height") || has("width") else { throw missing("size") }
            return (PixelSize(width: try number("width", in: range), height: try number("height", in: range)), false)
        }
        for name in ["height", "width"] where has(name) && (name == "height" || given.count == 2) {
            throw fault(name, "the \(name) is given twice; the form is \(form.usage)")
        }
        let size = PixelSize(width: try number("width", in: range, otherwise: width), height: height)
        return (size, given.count == 1 && !has("width"))
    }

    /// The same if a single side is a square's.
    func size() throws(NotationError) -> PixelSize { try sides().size }

    private static func number<Number: NotedNumber>(
        _ value: NotedValue, _ name: String, in range: ClosedRange<Number>
    ) throws(NotationError) -> Number {
        guard case .word(let word) = value.kind, let number = Number(String(word)), range.contains(number) else {
            throw NotationError(
                "\(name) must be \(Number.kind) from \(range.lowerBound.noted) to "
                    + "\(range.upperBound.noted)", at: value.place
            )
        }
        return number
    }
}

extension StringProtocol {
    /// The name without case and underscores.
    var normalizedName: String { lowercased().filter { $0 != "_" && $0 != "-" } }
}

extension [String] {
    /// The most similar name, or nil.
    func nearest(to text: String) -> String? {
        let wanted = [Character](text.normalizedName)
        let distances = map { editDistance([Character]($0.normalizedName), wanted) }
        guard let least = distances.min(), let place = distances.firstIndex(of: least), least * 2 <= wanted.count else {
            return nil
        }
        return self[place]
    }
}

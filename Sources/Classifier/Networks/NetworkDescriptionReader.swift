internal import Images
internal import Platform

/// Parses the description of a network line by line.
struct NetworkDescriptionReader {
    private let text: String
    private let source: String
    private var side: Int?
    private var options: [Option] = []
    private var section: Section?
    private var lines: [Section: [NetworkDescription.Line]] = [:]

    private enum Section: String, CaseIterable {
        case features
        case classifier
    }

    /// An option of a line `preprocessing`.
    private typealias Option = (name: Substring, value: Substring, word: Substring)

    /// Parses all lines. `source` is the name of the text in errors.
    init(_ text: String, source: String) throws(NotationError) {
        (self.text, self.source) = (text, source)
        // A Windows line end is a single character in Swift.
        for line in text.split(whereSeparator: \.isNewline) { try read(line.prefix { $0 != "#" }.trimmedPart) }
    }

    /// Parses a line without its comment and without leading and trailing spaces.
    private mutating func read(_ line: Substring) throws(NotationError) {
        let words = line.split(whereSeparator: \.isWhitespace)
        guard let first = words.first else { return }
        if first == "input" {
            try readInput(line.dropFirst(first.count).trimmedPart)
        } else if first == "preprocessing" {
            for word in words.dropFirst() { try readOption(word) }
        } else if line.last == ":", words.count == 1, !line.contains(",") {
            try begin(line.dropLast())
        } else {
            try readLayers(line)
        }
    }

    /// Returns the preprocessing after all lines are parsed.
    func preprocessing() throws(NotationError) -> Preprocessing {
        guard let side else { throw fail("the line 'input 3x256x256' with the size of the images is missing") }
        var preprocessing = Preprocessing.imageNet(resizeShortSide: (side * 8 + 3) / 7, cropSize: side)
        for option in options {
            switch option.name {
            case "resize": preprocessing.resizeShortSide = try wholeNumber(option)
            case "crop":
                guard try wholeNumber(option) == side else {
                    throw fail("the crop of \(option.value) must be the input size, \(side)", option.word)
                }
            case "mean": preprocessing.mean = try colors(option) { _ in true }
            case "std": preprocessing.standardDeviation = try colors(option) { $0 > 0 }
            default:
                throw fail(
                    "unknown preprocessing '\(option.name)'; the options are resize, crop, mean, std", option.name)
            }
        }
        return preprocessing
    }

    /// Returns the layers after all lines are parsed.
    func sections() throws(NotationError) -> (
        features: [NetworkDescription.Line], classifier: [NetworkDescription.Line]
    ) {
        for section in Section.allCases where lines[section, default: []].isEmpty {
            throw fail("'\(section.rawValue):' has no layers")
        }
        let (features, classifier) = (lines[.features, default: []], lines[.classifier, default: []])
        for line in features + classifier.dropLast() {
            guard let place = line.layers.firstIndex(of: .linearToClasses) else { continue }
            throw fail("'linear:classes' must be the last layer", line.parts[place])
        }
        if let last = classifier.last, last.layers.firstIndex(of: .linearToClasses) != last.layers.count - 1 {
            throw fail("the last layer must be 'linear:classes', which outputs the logits", last.parts.last)
        }
        return (features, classifier)
    }

    private mutating func readInput(_ input: Substring) throws(NotationError) {
        guard side == nil else { throw fail("'input' occurs twice", input) }
        let sizes = input.split(separator: "x", omittingEmptySubsequences: false).map { Int($0.trimmedPart) }
        guard sizes.count == 3, let channels = sizes[0], let height = sizes[1], let width = sizes[2] else {
            throw fail("expected an input such as 'input 3x256x256', not 'input \(input)'", input)
        }
        guard channels == 3 else { throw fail("images have 3 channels, not \(channels)", input) }
        guard height == width, (1...4096).contains(height) else {
            throw fail("the input must be a square of 1 to 4096 pixels, not \(height) x \(width)", input)
        }
        side = height
    }

    private mutating func readOption(_ word: Substring) throws(NotationError) {
        let parts = word.split(separator: "=", maxSplits: 1)
        guard parts.count == 2 else { throw fail("expected NAME=VALUE, such as resize=300, not '\(word)'", word) }
        options.append((parts[0], parts[1], word))
    }

    private mutating func begin(_ name: Substring) throws(NotationError) {
        guard let next = Section(rawValue: String(name)) else {
            throw fail("unknown section '\(name)'; the sections are features and classifier", name)
        }
        guard section == nil ? next == .features : section == .features && next == .classifier else {
            throw fail("unexpected '\(name):'; 'features:' must be first, then 'classifier:', each once", name)
        }
        section = next
    }

    private mutating func readLayers(_ line: Substring) throws(NotationError) {
        guard let section else {
            throw fail("unexpected '\(line)'; expected input, preprocessing, then features:", line)
        }
        let items = try LayerDescription.parts(of: line, subject: source)
        lines[section, default: []].append(.init(layers: items.map(\.layer), parts: items.map(\.text)))
    }

    private func wholeNumber(_ option: Option) throws(NotationError) -> Int {
        let sides = option.name == "resize" ? Preprocessing.resizeSides : Preprocessing.cropSides
        guard let number = Int(option.value), sides.contains(number) else {
            throw fail(
                "\(option.name) must be a whole number from 1 to \(sides.upperBound), not '\(option.value)'",
                option.value)
        }
        return number
    }

    private func colors(_ option: Option, _ holds: (Float) -> Bool) throws(NotationError) -> [Float] {
        let numbers = option.value.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) ?? .nan }
        guard numbers.count == 3, numbers.allSatisfy({ $0.isFinite && holds($0) }) else {
            throw fail(
                "\(option.name) must be three numbers, such as \(option.name)=0.5,0.5,0.5, not '\(option.value)'",
                option.value)
        }
        return numbers
    }

    private func fail(_ reason: String, _ part: Substring? = nil) -> NotationError {
        part.map { NotationError(reason, at: $0, of: source) } ?? NotationError(reason, in: text, of: source)
    }
}

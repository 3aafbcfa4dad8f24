internal import Images
internal import Platform

/// Takes in a description of a network line by line.
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

    /// A word of a line `preprocessing`.
    private typealias Option = (name: Substring, value: Substring, word: Substring)

    /// Reads all lines; `source` is what errors call the text.
    init(_ text: String, source: String) throws(NotationError) {
        (self.text, self.source) = (text, source)
        // Foreign line ends are Windows', one character of Swift's.
        for line in text.split(whereSeparator: \.isNewline) { try read(line.prefix { $0 != "#" }.trimmedPart) }
    }

    /// Takes a line, without its comment and without blanks at its ends.
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

    /// How images are prepared, once all lines are read.
    func preprocessing() throws(NotationError) -> Preprocessing {
        guard let side else { throw fail("there is no line 'input 3x256x256', which gives the size of the images") }
        var preprocessing = Preprocessing.imageNet(resizeShortSide: (side * 8 + 3) / 7, cropSize: side)
        for option in options {
            switch option.name {
            case "resize": preprocessing.resizeShortSide = try wholeNumber(option)
            case "crop":
                guard try wholeNumber(option) == side else {
                    throw fail("the crop is \(option.value), and the input \(side) x \(side)", option.word)
                }
            case "mean": preprocessing.mean = try colors(option) { _ in true }
            case "std": preprocessing.standardDeviation = try colors(option) { $0 > 0 }
            default:
                throw fail(
                    "no preprocessing is called '\(option.name)'; there are resize, crop, mean, std", option.name)
            }
        }
        return preprocessing
    }

    /// The layers, once all lines are read.
    func sections() throws(NotationError) -> (
        features: [NetworkDescription.Line], classifier: [NetworkDescription.Line]
    ) {
        for section in Section.allCases where lines[section, default: []].isEmpty {
            throw fail("there are no layers under '\(section.rawValue):'")
        }
        let (features, classifier) = (lines[.features, default: []], lines[.classifier, default: []])
        for line in features + classifier.dropLast() {
            guard let place = line.layers.firstIndex(of: .linearToClasses) else { continue }
            throw fail("'linear:classes' is the last layer of all, and others follow it", line.parts[place])
        }
        if let last = classifier.last, last.layers.firstIndex(of: .linearToClasses) != last.layers.count - 1 {
            throw fail("the last layer of all must be 'linear:classes', which gives the logits", last.parts.last)
        }
        return (features, classifier)
    }

    private mutating func readInput(_ input: Substring) throws(NotationError) {
        guard side == nil else { throw fail("the input is given twice", input) }
        let sizes = input.split(separator: "x", omittingEmptySubsequences: false).map { Int($0.trimmedPart) }
        guard sizes.count == 3, let channels = sizes[0], let height = sizes[1], let width = sizes[2] else {
            throw fail("an input is written 'input 3x256x256', not 'input \(input)'", input)
        }
        guard channels == 3 else { throw fail("images have 3 channels, not \(channels)", input) }
        guard height == width, (1...4096).contains(height) else {
            throw fail("images are cut to squares of 1 to 4096, not to \(height) x \(width)", input)
        }
        side = height
    }

    private mutating func readOption(_ word: Substring) throws(NotationError) {
        let parts = word.split(separator: "=", maxSplits: 1)
        guard parts.count == 2 else { throw fail("'\(word)' is not written NAME=VALUE, as in resize=300", word) }
        options.append((parts[0], parts[1], word))
    }

    private mutating func begin(_ name: Substring) throws(NotationError) {
        guard let next = Section(rawValue: String(name)) else {
            throw fail("no section is called '\(name)'; there are features and classifier", name)
        }
        guard section == nil ? next == .features : section == .features && next == .classifier else {
            throw fail("'\(name):' does not come here; 'features:' is first, then 'classifier:', each once", name)
        }
        section = next
    }

    private mutating func readLayers(_ line: Substring) throws(NotationError) {
        guard let section else {
            throw fail("'\(line)' is not known here: there are input, preprocessing, then features:", line)
        }
        let items = try LayerDescription.parts(of: line, subject: source)
        lines[section, default: []].append(.init(layers: items.map(\.layer), parts: items.map(\.text)))
    }

    private func wholeNumber(_ option: Option) throws(NotationError) -> Int {
        let sides = option.name == "resize" ? Preprocessing.resizeSides : Preprocessing.cropSides
        guard let number = Int(option.value), sides.contains(number) else {
            throw fail(
                "\(option.name) is a whole number from 1 to \(sides.upperBound), not '\(option.value)'", option.value)
        }
        return number
    }

    private func colors(_ option: Option, _ holds: (Float) -> Bool) throws(NotationError) -> [Float] {
        let numbers = option.value.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) ?? .nan }
        guard numbers.count == 3, numbers.allSatisfy({ $0.isFinite && holds($0) }) else {
            throw fail(
                "\(option.name) is three numbers, as in \(option.name)=0.5,0.5,0.5, not '\(option.value)'",
                option.value)
        }
        return numbers
    }

    private func fail(_ reason: String, _ part: Substring? = nil) -> NotationError {
        part.map { NotationError(reason, at: $0, of: source) } ?? NotationError(reason, in: text, of: source)
    }
}

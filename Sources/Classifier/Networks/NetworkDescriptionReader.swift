internal import Images

/// Takes in a description of a network line by line.
struct NetworkDescriptionReader {
    private let source: String
    private var side: Int?
    private var options: [(name: String, value: String, line: Int)] = []
    private var section: Section?
    private var lines: [Section: [NetworkDescription.Line]] = [:]

    private enum Section: String, CaseIterable {
        case features
        case classifier
    }

    /// `source` is what errors call the text.
    init(source: String) { self.source = source }

    /// Takes a line, without its comment and without blanks at its ends.
    mutating func read(_ line: String, number: Int) throws(NetworkDescriptionError) {
        let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
        guard let first = words.first else { return }
        if first == "input" {
            try readInput(words.dropFirst().joined(separator: " "), number)
        } else if first == "preprocessing" {
            for word in words.dropFirst() { try readOption(word, number) }
        } else if line.hasSuffix(":"), words.count == 1, !line.contains(",") {
            try begin(String(line.dropLast()), number)
        } else {
            try readLayers(line, number)
        }
    }

    /// How pictures are prepared, once all lines are read.
    func preprocessing() throws(NetworkDescriptionError) -> Preprocessing {
        guard let side else { throw fail("there is no line 'input 3x256x256', which tells the size of the pictures") }
        var preprocessing = Preprocessing.imageNet(resizeShortSide: (side * 8 + 3) / 7, cropSize: side)
        for option in options {
            switch option.name {
            case "resize": preprocessing.resizeShortSide = try wholeNumber(option)
            case "crop":
                guard try wholeNumber(option) == side else {
                    throw fail("the crop is \(option.value), and the input \(side) x \(side)", option.line)
                }
            case "mean": preprocessing.mean = try colors(option) { _ in true }
            case "std": preprocessing.standardDeviation = try colors(option) { $0 > 0 }
            default:
                throw fail(
                    "no preprocessing is called '\(option.name)'; there are resize, crop, mean, std", option.line)
            }
        }
        return preprocessing
    }

    /// The layers, once all lines are read.
    func sections() throws(NetworkDescriptionError) -> (
        features: [NetworkDescription.Line], classifier: [NetworkDescription.Line]
    ) {
        for section in Section.allCases where lines[section, default: []].isEmpty {
            throw fail("there are no layers under '\(section.rawValue):'")
        }
        let (features, classifier) = (lines[.features, default: []], lines[.classifier, default: []])
        for line in features + classifier.dropLast() where line.layers.contains(.linearToClasses) {
            throw fail("'linear:classes' is the last layer of all, and others follow it", line.number)
        }
        if let last = classifier.last, last.layers.firstIndex(of: .linearToClasses) != last.layers.count - 1 {
            throw fail("the last layer of all must be 'linear:classes', which gives the logits", last.number)
        }
        return (features, classifier)
    }

    private mutating func readInput(_ text: String, _ number: Int) throws(NetworkDescriptionError) {
        guard side == nil else { throw fail("the input is told twice", number) }
        let sizes = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0.trimmed) }
        guard sizes.count == 3, let channels = sizes[0], let height = sizes[1], let width = sizes[2] else {
            throw fail("an input is written 'input 3x256x256', not 'input \(text)'", number)
        }
        guard channels == 3 else { throw fail("pictures have 3 channels, not \(channels)", number) }
        guard height == width, (1...4096).contains(height) else {
            throw fail("pictures are cut to squares of 1 to 4096, not to \(height) x \(width)", number)
        }
        side = height
    }

    private mutating func readOption(_ word: String, _ number: Int) throws(NetworkDescriptionError) {
        let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw fail("'\(word)' is not written NAME=VALUE, as in resize=300", number) }
        options.append((parts[0], parts[1], number))
    }

    private mutating func begin(_ name: String, _ number: Int) throws(NetworkDescriptionError) {
        guard let next = Section(rawValue: name) else {
            throw fail("no section is called '\(name)'; there are features and classifier", number)
        }
        guard section == nil ? next == .features : section == .features && next == .classifier else {
            throw fail("'\(name):' does not come here; 'features:' is first, then 'classifier:', each once", number)
        }
        section = next
    }

    private mutating func readLayers(_ line: String, _ number: Int) throws(NetworkDescriptionError) {
        guard let section else {
            throw fail("'\(line)' is not known here: there are input, preprocessing, then features:", number)
        }
        do {
            lines[section, default: []].append(
                NetworkDescription.Line(number: number, layers: try LayerDescription.layers(in: line)))
        } catch {
            throw fail("\(error)", number)
        }
    }

    private typealias Option = (name: String, value: String, line: Int)

    private func wholeNumber(_ option: Option) throws(NetworkDescriptionError) -> Int {
        let sides = option.name == "resize" ? Preprocessing.resizeSides : Preprocessing.cropSides
        guard let number = Int(option.value), sides.contains(number) else {
            throw fail(
                "\(option.name) is a whole number from 1 to \(sides.upperBound), not '\(option.value)'", option.line)
        }
        return number
    }

    private func colors(_ option: Option, _ holds: (Float) -> Bool) throws(NetworkDescriptionError) -> [Float] {
        let numbers = option.value.split(separator: ",", omittingEmptySubsequences: false).compactMap { Float($0) }
        guard numbers.count == 3, option.value.count(where: { $0 == "," }) == 2,
            numbers.allSatisfy({ $0.isFinite && holds($0) })
        else {
            throw fail(
                "\(option.name) is three numbers, as in \(option.name)=0.5,0.5,0.5, not '\(option.value)'", option.line)
        }
        return numbers
    }

    private func fail(_ reason: String, _ line: Int? = nil) -> NetworkDescriptionError {
        NetworkDescriptionError("\(source)" + (line.map { ", line \($0)" } ?? "") + ": \(reason)")
    }
}

/// A text that tells no layers.
public struct LayerNotationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The item as it is written.
    public let item: String
    /// Its place among the items, from 1.
    public let place: Int
    /// What is wrong with it, and what it may be.
    public let reason: String

    /// All three.
    public var description: String { "layer \(place), '\(item)': \(reason)" }
}

extension LayerDescription {
    /// Reads layers that are separated by commas.
    ///
    /// - Throws: `LayerNotationError` for the first that is none.
    public static func layers(in text: String) throws(LayerNotationError) -> [LayerDescription] {
        var layers: [LayerDescription] = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            layers.append(try layer(String(item).trimmed, place: layers.count + 1))
        }
        return layers
    }

    /// All layers as they are written, for people.
    public static var notation: String {
        "N (a linear layer of N outputs), " + forms.map(\.form).joined(separator: ", ")
    }

    private static func layer(_ item: String, place: Int) throws(LayerNotationError) -> LayerDescription {
        let words = item.split { $0 == ":" || $0.isWhitespace }.map(String.init)
        do {
            guard let name = words.first else { throw LayerWords.Fault("nothing stands there") }
            if Int(name) != nil { return try linear.read(["linear"] + words) }
            guard let form = forms.first(where: { $0.name == name }) else {
                throw LayerWords.Fault("'\(name)' is no layer; there are \(notation)")
            }
            return try form.read(words)
        } catch {
            throw LayerNotationError(item: item, place: place, reason: "\(error)")
        }
    }

    private static let linear = LayerForm("linear:N bias=BOOL") { try $0.linear() }

    private static let forms: [LayerForm] = [
        linear,
        LayerForm("relu", .relu), LayerForm("relu6", .relu6), LayerForm("gelu", .gelu), LayerForm("silu", .silu),
        LayerForm("hardswish", .hardswish), LayerForm("tanh", .tanh), LayerForm("sigmoid", .sigmoid),
        LayerForm("leakyrelu:SLOPE") {
            .leakyReLU(slope: try $0.number("the slope", in: 0...1, otherwise: 0.01))
        },
        LayerForm("elu:ALPHA") { .elu(alpha: try $0.number("alpha", in: 0...1000, otherwise: 1)) },
        LayerForm("dropout:P") { .dropout(try $0.number("the probability", in: 0...1, otherwise: 0.5)) },
        LayerForm("batchnorm", .batchNorm), LayerForm("layernorm", .layerNorm),
        LayerForm("conv:CHANNELS:KERNEL stride=N padding=N|same dilation=N groups=N bias=BOOL") {
            try $0.convolution()
        },
        LayerForm("maxpool:SIDE stride=N padding=N ceil=BOOL") { .maxPool(try $0.window()) },
        LayerForm("avgpool:SIDE stride=N padding=N ceil=BOOL") { .averagePool(try $0.window()) },
        LayerForm("globalpool", .globalPool),
        LayerForm("adaptivepool:SIDE") { .adaptivePool(try $0.whole("the side", in: 1...255)) },
        LayerForm("flatten", .flatten),
    ]
}

/// A layer as it is written, and how it is read.
private struct LayerForm: Sendable {
    let form: String
    private let layer: @Sendable (inout LayerWords) throws -> LayerDescription

    init(_ form: String, _ layer: @escaping @Sendable (inout LayerWords) throws -> LayerDescription) {
        (self.form, self.layer) = (form, layer)
    }

    init(_ form: String, _ layer: LayerDescription) { self.init(form) { _ in layer } }

    var name: Substring { form.prefix { $0.isLetter || $0.isNumber } }

    /// Reads the layer, and sees that no word is left.
    func read(_ words: [String]) throws -> LayerDescription {
        var words = LayerWords(words, form: form)
        let layer = try layer(&words)
        if let word = words.rest { throw LayerWords.Fault("'\(word)' does not belong there; it is written \(form)") }
        return layer
    }
}

/// The words of one item: a name, values, and options with their names.
private struct LayerWords {
    /// What is wrong with a word.
    struct Fault: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }
    }

    /// So many channels or features at most. No network has more, and a file may say anything.
    static let widths = 1...65_536

    private let form: String
    private var values: [String]
    private var options: [(name: String, value: String)]

    init(_ words: [String], form: String) {
        self.form = form
        values = words.dropFirst().filter { !$0.contains("=") }.reversed()
        options = words.dropFirst().filter { $0.contains("=") }.map { word in
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), String(parts[1]))
        }
    }

    /// A word that nothing has asked for.
    var rest: String? { values.last ?? options.first.map { "\($0.name)=\($0.value)" } }

    mutating func linear() throws -> LayerDescription {
        if values.last == "classes" {
            values.removeLast()
            return .linearToClasses
        }
        return .linear(try whole("the number of outputs", in: Self.widths), hasBias: try flag("bias", otherwise: true))
    }

    mutating func convolution() throws -> LayerDescription {
        var layer = LayerDescription.Convolution(
            channels: try whole("the number of channels", in: Self.widths), kernel: try whole("a kernel", in: 1...255))
        layer.stride = try option("stride", in: 1...255) ?? 1
        layer.dilation = try option("dilation", in: 1...255) ?? 1
        layer.groups = try option("groups", in: Self.widths) ?? 1
        layer.hasBias = try flag("bias", otherwise: true)
        if let padding = take("padding") {
            if padding == "same" {
                guard layer.kernel % 2 == 1 else {
                    throw Fault("padding=same wants an odd kernel, not \(layer.kernel)")
                }
                layer.padding = (layer.kernel - 1) / 2 * layer.dilation
            } else {
                layer.padding = try Self.whole(padding, "padding", in: 0...255)
            }
        }
        return .convolution(layer)
    }

    package mutating func window() throws -> LayerDescription.Window {
        var window = LayerDescription.Window(side: try whole("a side", in: 1...255))
        window.stride = try option("stride", in: 1...255) ?? window.side
        window.padding = try option("padding", in: 0...window.side / 2) ?? 0
        window.ceilMode = try flag("ceil", otherwise: false)
        return window
    }

    /// The next value, a whole number.
    mutating func whole(_ what: String, in range: ClosedRange<Int>) throws -> Int {
        guard let text = values.popLast() else { throw Fault("\(what) is missing; it is written \(form)") }
        return try Self.whole(text, what, in: range)
    }

    /// The next value, or a usual one where none is given.
    mutating func number(
        _ what: String, in range: ClosedRange<Double>, otherwise: Double
    ) throws -> Double {
        guard let text = values.popLast() else { return otherwise }
        guard let number = Double(text), range.contains(number) else {
            throw Fault("\(what) is a number from \(range.lowerBound) to \(range.upperBound), not '\(text)'")
        }
        return number
    }

    private mutating func option(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = take(name) else { return nil }
        return try Self.whole(text, name, in: range)
    }

    private mutating func flag(_ name: String, otherwise: Bool) throws -> Bool {
        guard let text = take(name) else { return otherwise }
        guard let flag = Bool(text) else { throw Fault("\(name) is true or false, not '\(text)'") }
        return flag
    }

    private mutating func take(_ name: String) -> String? {
        options.firstIndex { $0.name == name }.map { options.remove(at: $0).value }
    }

    private static func whole(_ text: String, _ what: String, in range: ClosedRange<Int>) throws -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw Fault(
                "\(what) is a whole number from \(range.lowerBound) to \(range.upperBound), not '\(text)'")
        }
        return number
    }
}

extension StringProtocol {
    /// Without blanks at its ends.
    var trimmed: String {
        let start = drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }
}

extension LayerDescription: Codable {
    /// Reads the notation.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        let layers: [LayerDescription]
        do {
            layers = try Self.layers(in: text)
        } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(error)")
        }
        guard let layer = layers.first, layers.count == 1 else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not one layer")
        }
        self = layer
    }

    /// Writes the notation.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

public import Platform

extension LayerDescription {
    /// Parses layers separated by commas.
    ///
    /// - Throws: `NotationError` for an invalid layer.
    public static func layers(in text: String) throws(NotationError) -> [LayerDescription] {
        try parts(of: text[...], subject: "layers").map(\.layer)
    }

    /// Parses layers, and returns them with their source text.
    static func parts(
        of text: Substring, subject: String
    ) throws(NotationError) -> [(layer: LayerDescription, text: Substring)] {
        var parts: [(LayerDescription, Substring)] = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmedPart) {
            do {
                parts.append((try layer(item, subject), item))
            } catch {
                var error = error
                error.reason = "layer \(parts.count + 1), '\(item)': \(error.reason)"
                throw error
            }
        }
        return parts
    }

    /// The notation of all layers, for error messages.
    public static var notation: String {
        "N (a linear layer of N outputs), " + forms.map(\.usage).joined(separator: ", ")
    }

    private static func layer(_ item: Substring, _ subject: String) throws(NotationError) -> LayerDescription {
        var words = item.split { $0 == ":" || $0.isWhitespace }
        guard let name = words.first else { throw NotationError("a layer is missing", at: item, of: subject) }
        let isNumber = Int(name) != nil
        if !isNumber { words.removeFirst() }
        guard let form = forms.first(where: { $0.name == (isNumber ? "linear" : name) }) else {
            throw NotationError("unknown layer '\(name)'; the layers are \(notation)", at: name, of: subject)
        }
        return try form.read(
            NotationWords(words, end: item.suffix(0), hint: "the notation is \(form.usage)", of: subject)
        ) { "unexpected '\($0)'" }
    }

    private static let linear = NotationForm("linear:N bias=BOOL") { try $0.linear() }

    private static let forms: [NotationForm<LayerDescription>] = [
        linear,
        NotationForm("relu", .relu), NotationForm("relu6", .relu6), NotationForm("gelu", .gelu),
        NotationForm("silu", .silu), NotationForm("hardswish", .hardswish), NotationForm("tanh", .tanh),
        NotationForm("sigmoid", .sigmoid),
        NotationForm("leakyrelu:SLOPE") { .leakyReLU(slope: try $0.number("the slope", in: 0...1, otherwise: 0.01)) },
        NotationForm("elu:ALPHA") { .elu(alpha: try $0.number("alpha", in: 0...1000, otherwise: 1)) },
        NotationForm("dropout:P") { .dropout(try $0.number("the probability", in: 0...1, otherwise: 0.5)) },
        NotationForm("batchnorm", .batchNorm), NotationForm("layernorm", .layerNorm),
        NotationForm("conv:CHANNELS:KERNEL stride=N padding=N|same dilation=N groups=N bias=BOOL") {
            try $0.convolution()
        },
        NotationForm("maxpool:SIDE stride=N padding=N ceil=BOOL") { .maxPool(try $0.window()) },
        NotationForm("avgpool:SIDE stride=N padding=N ceil=BOOL") { .averagePool(try $0.window()) },
        NotationForm("globalpool", .globalPool),
        NotationForm("adaptivepool:SIDE") { .adaptivePool(try $0.whole("the side", in: 1...255)) },
        NotationForm("flatten", .flatten),
    ]
}

/// The range of channels and features. No realistic network has more.
private let widths = 1...65_536

extension NotationWords {
    fileprivate mutating func linear() throws -> LayerDescription {
        if values.first == "classes" {
            _ = values.popFirst()
            return .linearToClasses
        }
        return .linear(try whole("the number of outputs", in: widths), hasBias: try flag("bias", otherwise: true))
    }

    fileprivate mutating func convolution() throws -> LayerDescription {
        var layer = LayerDescription.Convolution(
            channels: try whole("the number of channels", in: widths), kernel: try whole("a kernel", in: 1...255))
        layer.stride = try option("stride", in: 1...255) ?? 1
        layer.dilation = try option("dilation", in: 1...255) ?? 1
        layer.groups = try option("groups", in: widths) ?? 1
        layer.hasBias = try flag("bias", otherwise: true)
        guard let padding = take("padding") else { return .convolution(layer) }
        if padding != "same" {
            layer.padding = try whole(padding, "padding", in: 0...255)
        } else if layer.kernel % 2 == 1 {
            layer.padding = (layer.kernel - 1) / 2 * layer.dilation
        } else {
            throw fault("padding=same needs an odd kernel, not \(layer.kernel)", at: padding)
        }
        return .convolution(layer)
    }

    fileprivate mutating func window() throws -> LayerDescription.Window {
        var window = LayerDescription.Window(side: try whole("a side", in: 1...255))
        window.stride = try option("stride", in: 1...255) ?? window.side
        window.padding = try option("padding", in: 0...window.side / 2) ?? 0
        window.ceilMode = try flag("ceil", otherwise: false)
        return window
    }

    /// Parses the next value, a whole number.
    fileprivate mutating func whole(_ name: String, in range: ClosedRange<Int>) throws(NotationError) -> Int {
        try whole(next(name), name, in: range)
    }

    /// Parses the next value; returns a default if there is none.
    fileprivate mutating func number(
        _ name: String, in range: ClosedRange<Double>, otherwise: Double
    ) throws(NotationError) -> Double {
        guard let word = values.popFirst() else { return otherwise }
        return try value(word, name, is: "a number from \(range.lowerBound) to \(range.upperBound)") { text in
            Double(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    private mutating func option(_ name: String, in range: ClosedRange<Int>) throws(NotationError) -> Int? {
        guard let word = take(name) else { return nil }
        return try whole(word, name, in: range)
    }

    private mutating func flag(_ name: String, otherwise: Bool) throws(NotationError) -> Bool {
        guard let word = take(name) else { return otherwise }
        return try value(word, name, is: "true or false") { Bool(String($0)) }
    }

    private func whole(
        _ word: Substring, _ name: String, in range: ClosedRange<Int>
    ) throws(NotationError) -> Int {
        try value(word, name, is: "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension LayerDescription: Codable {
    /// Reads the notation.
    public init(from decoder: any Decoder) throws {
        self = try decoder.decode { text in
            let layers = try Self.layers(in: text)
            guard layers.count == 1 else {
                throw NotationError("'\(text)' is not a single layer", in: text, of: "layers")
            }
            return layers[0]
        }
    }

    /// Writes the notation.
    public func encode(to encoder: any Encoder) throws { try description.encode(to: encoder) }
}

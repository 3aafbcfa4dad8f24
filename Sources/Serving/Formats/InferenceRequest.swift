package import Images

/// An output of a classifier in the Open Inference Protocol, version 2.
package enum InferenceOutput: String, Sendable, Hashable, CaseIterable {
    /// The probabilities of all classes, FP32 [N, C].
    case probabilities
    /// The logits of all classes, FP32 [N, C].
    case logits
    /// The name of the most probable class, BYTES [N, 1].
    case label
    /// The index of the most probable class, INT64 [N, 1].
    case index

    /// The type of the elements.
    package var datatype: String {
        switch self {
        case .probabilities, .logits: "FP32"
        case .label: "BYTES"
        case .index: "INT64"
        }
    }
}

/// A request of the Open Inference Protocol, version 2, with the binary tensor data extension.
package struct InferenceRequest: Sendable {
    /// An output that the client wants.
    package struct Output: Sendable, Hashable {
        /// The output.
        package let name: InferenceOutput
        /// Whether its values follow the JSON as binary data.
        package let isBinary: Bool
    }

    /// The identifier of the client for this request.
    package let id: String?
    /// The images, at least one.
    package let images: [ImageContent]
    /// The outputs in the order of the answer, at least one: without a choice all but the logits.
    package let outputs: [Output]
    /// The crops of each image file: the parameter `crops`.
    package let crops: TestCrops

    /// Creates a request from its parts.
    ///
    /// - Parameters:
    ///   - id: the identifier of the client.
    ///   - inputs: the inputs, which must be one.
    ///   - outputs: the names of the outputs; none for the default.
    ///   - crops: the parameter `crops`.
    ///   - isBinary: whether outputs without a choice of their own are binary.
    ///   - side: the width and height of the model's input in pixels.
    ///   - maxImages: the largest number of images.
    /// - Throws: `invalidRequest`.
    package init(
        id: String?, inputs: [InferenceTensor], outputs: [(name: String, isBinary: Bool?)], crops: String?,
        isBinary: Bool, side: Int, maxImages: Int
    ) throws(ServingError) {
        guard let input = inputs.first else {
            throw ServingError(.invalidRequest, "the request has no input; send one: 'image' or 'pixels'")
        }
        guard inputs.count == 1 else { throw Self.severalInputs }
        var chosen: [Output] = []
        for output in outputs {
            guard let name = InferenceOutput(rawValue: output.name) else {
                let names = InferenceOutput.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
                throw ServingError(
                    .invalidRequest, "there is no output '\(output.name.prefix(80))'; use one of \(names)")
            }
            guard !chosen.contains(where: { $0.name == name }) else {
                throw ServingError(
                    .invalidRequest, "the request names the output '\(name.rawValue)' twice; leave out one")
            }
            chosen.append(Output(name: name, isBinary: output.isBinary ?? isBinary))
        }
        if chosen.isEmpty {
            chosen = [.probabilities, .label, .index].map { Output(name: $0, isBinary: isBinary) }
        }
        self.id = id
        self.outputs = chosen
        self.crops = if let crops { try TestCrops(served: crops) } else { .center }
        images = try input.images(side: side, maxImages: maxImages)
        if input.name == "pixels", self.crops != .center {
            throw ServingError(.invalidRequest, "'pixels' are one crop; send the input 'image' for 'crops'")
        }
    }

    /// Reads the body of a request in REST.
    ///
    /// - Parameters:
    ///   - body: the JSON, and the binary data of the inputs that have some.
    ///   - headerLength: the size of the JSON in bytes: the header `Inference-Header-Content-Length`; nil if the JSON is
    ///     all.
    ///   - side: the width and height of the model's input in pixels.
    ///   - maxImages: the largest number of images.
    /// - Throws: `invalidRequest`.
    package init(body: [UInt8], headerLength: Int?, side: Int, maxImages: Int) throws(ServingError) {
        let length = headerLength ?? body.count
        guard (0...body.count).contains(length) else {
            throw ServingError(
                .invalidRequest,
                "Inference-Header-Content-Length is \(length), but the body has \(body.count) bytes; send the size of "
                    + "the JSON")
        }
        var reader = JSONReader(body[..<length])
        var (id, crops, isBinary) = (nil as String?, nil as String?, false)
        var (input, size) = (nil as InferenceTensor?, nil as Int?)
        var outputs: [(name: String, isBinary: Bool?)] = []
        // Clients send `null` for what they do not set, and names that are also in the URL. Other keys and parameters
        // are extensions, which servers ignore.
        try reader.members { (key, reader) throws(ServingError) in
            switch key {
            case _ where try reader.skipNull(): break
            case "id": id = try reader.string()
            case "parameters":
                try reader.members { (key, reader) throws(ServingError) in
                    switch key {
                    case "binary_data_output": isBinary = try reader.bool()
                    case "crops": crops = try reader.string()
                    default: try reader.skip()
                    }
                }
            case "inputs":
                try reader.elements { (reader) throws(ServingError) in
                    guard input == nil else { throw Self.severalInputs }
                    (input, size) = try Self.input(&reader)
                }
            case "outputs":
                try reader.elements { (reader) throws(ServingError) in
                    outputs.append(try Self.output(&reader))
                    guard outputs.count <= InferenceOutput.allCases.count else {
                        throw ServingError(
                            .invalidRequest, "the request has more outputs than the model; name each once")
                    }
                }
            default: try reader.skip()
            }
        }
        try reader.finish()
        let binary = body[length...]
        guard binary.count == (size ?? 0) else {
            throw ServingError(
                .invalidRequest,
                "'binary_data_size' is \(size ?? 0), but \(binary.count) bytes follow the JSON; correct it, or the header "
                    + "Inference-Header-Content-Length, which has the size of the JSON")
        }
        if size != nil { input?.content = .binary(binary) }
        try self.init(
            id: id, inputs: input.map { [$0] } ?? [], outputs: outputs, crops: crops, isBinary: isBinary, side: side,
            maxImages: maxImages)
    }

    private static func input(
        _ reader: inout JSONReader
    ) throws(ServingError) -> (tensor: InferenceTensor, binarySize: Int?) {
        var (name, datatype, shape) = (nil as String?, nil as String?, nil as [Int]?)
        var (data, size) = (nil as ArraySlice<UInt8>?, nil as Int?)
        try reader.members { (key, reader) throws(ServingError) in
            switch key {
            case _ where try reader.skipNull(): break
            case "name": name = try reader.string()
            case "datatype": datatype = try reader.string()
            case "shape":
                var sizes: [Int] = []
                try reader.elements { (reader) throws(ServingError) in
                    sizes.append(try reader.integer())
                    guard sizes.count <= 8 else { throw reader.failure("has a shape of more than 8 numbers") }
                }
                shape = sizes
            case "data": data = try reader.value()
            case "parameters":
                try reader.members { (key, reader) throws(ServingError) in
                    switch key {
                    case "binary_data_size": size = try reader.integer()
                    case "shared_memory_region": throw Self.sharedMemory
                    default: try reader.skip()
                    }
                }
            default: try reader.skip()
            }
        }
        guard let name, let datatype, let shape, (data == nil) != (size == nil) else {
            throw ServingError(
                .invalidRequest, "an input needs 'name', 'datatype', 'shape', and either 'data' or 'binary_data_size'")
        }
        return (InferenceTensor(name: name, datatype: datatype, shape: shape, content: .json(data ?? [])), size)
    }

    private static func output(
        _ reader: inout JSONReader
    ) throws(ServingError) -> (name: String, isBinary: Bool?) {
        var (name, isBinary) = (nil as String?, nil as Bool?)
        try reader.members { (key, reader) throws(ServingError) in
            switch key {
            case _ where try reader.skipNull(): break
            case "name": name = try reader.string()
            case "parameters":
                try reader.members { (key, reader) throws(ServingError) in
                    switch key {
                    case "binary_data": isBinary = try reader.bool()
                    case "shared_memory_region": throw Self.sharedMemory
                    case "classification":
                        throw Self.unsupported("the extension 'classification'", advice: "ask for the output 'label'")
                    default: try reader.skip()
                    }
                }
            default: try reader.skip()
            }
        }
        guard let name else { throw ServingError(.invalidRequest, "an output needs a 'name'") }
        return (name, isBinary)
    }

    private static var severalInputs: ServingError {
        ServingError(.invalidRequest, "the request has several inputs; send one: 'image' or 'pixels'")
    }

    private static var sharedMemory: ServingError {
        unsupported("shared memory", advice: "send the values in the request")
    }

    private static func unsupported(_ what: String, advice: String) -> ServingError {
        ServingError(.invalidRequest, "\(what) is not supported; \(advice)")
    }
}

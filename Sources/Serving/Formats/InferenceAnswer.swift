/// An answer of the Open Inference Protocol, version 2, with the binary tensor data extension.
package struct InferenceAnswer: Sendable {
    /// What a classifier computed for the images of a request.
    package struct Results: Sendable {
        /// The name of the most probable class of each image.
        package var labels: [String]
        /// The index of the most probable class of each image.
        package var indices: [Int]
        /// The probabilities, [N, C].
        package var probabilities: [Float]
        /// The logits, [N, C].
        package var logits: [Float]

        /// Creates results.
        package init(labels: [String], indices: [Int], probabilities: [Float], logits: [Float]) {
            (self.labels, self.indices, self.probabilities, self.logits) = (labels, indices, probabilities, logits)
        }
    }

    /// The name of the model.
    package let model: String
    /// The version of the model.
    package let version: String
    /// The identifier of the client.
    package let id: String?
    /// The outputs in their order.
    package let outputs: [InferenceRequest.Output]
    private let results: Results

    /// Creates an answer with the outputs that a request wants.
    package init(model: String, version: String, request: InferenceRequest, results: Results) {
        (self.model, self.version, id) = (model, version, request.id)
        (outputs, self.results) = (request.outputs, results)
    }

    /// The shape of an output.
    package func shape(_ output: InferenceOutput) -> [Int] {
        let count = results.labels.count
        return switch output {
        case .probabilities: [count, results.probabilities.count / max(1, count)]
        case .logits: [count, results.logits.count / max(1, count)]
        case .label, .index: [count, 1]
        }
    }

    /// The values of an output as binary data: little-endian, and each name after its length in four bytes.
    package func bytes(_ output: InferenceOutput) -> [UInt8] {
        func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
            withUnsafeBytes(of: value.littleEndian, Array.init)
        }
        return switch output {
        case .probabilities: results.probabilities.flatMap { bytes($0.bitPattern) }
        case .logits: results.logits.flatMap { bytes($0.bitPattern) }
        case .label: results.labels.flatMap { bytes(UInt32(truncatingIfNeeded: $0.utf8.count)) + $0.utf8 }
        case .index: results.indices.flatMap { bytes(Int64($0)) }
        }
    }

    /// The body of the answer in REST, and the size of its JSON in bytes for the header
    /// `Inference-Header-Content-Length`; nil if the JSON is all.
    package func body() -> (bytes: [UInt8], headerLength: Int?) {
        var binary: [UInt8] = []
        let tensors = outputs.map { output in
            let (name, datatype) = (output.name.rawValue.jsonLiteral, output.name.datatype.jsonLiteral)
            let shape = self.shape(output.name).map(String.init).joined(separator: ",")
            var text = "{\"name\":\(name),\"datatype\":\(datatype),\"shape\":[\(shape)],"
            if output.isBinary {
                let bytes = self.bytes(output.name)
                binary += bytes
                text += "\"parameters\":{\"binary_data_size\":\(bytes.count)}}"
            } else {
                text += "\"data\":[\(values(output.name).joined(separator: ","))]}"
            }
            return text
        }
        let id = id.map { "\"id\":\($0.jsonLiteral)," } ?? ""
        let json =
            "{\"model_name\":\(model.jsonLiteral),\"model_version\":\(version.jsonLiteral),\(id)"
            + "\"outputs\":[\(tensors.joined(separator: ","))]}"
        let bytes = Array(json.utf8)
        return outputs.contains(where: \.isBinary) ? (bytes + binary, bytes.count) : (bytes, nil)
    }

    /// The values of an output in JSON, in row-major order.
    private func values(_ output: InferenceOutput) -> [String] {
        // JSON has no other numbers.
        func text(_ value: Float) -> String { value.isFinite ? "\(value)" : "null" }
        return switch output {
        case .probabilities: results.probabilities.map(text)
        case .logits: results.logits.map(text)
        case .label: results.labels.map(\.jsonLiteral)
        case .index: results.indices.map(String.init)
        }
    }
}

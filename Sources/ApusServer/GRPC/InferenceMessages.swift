internal import Classifier
internal import Foundation
internal import Images
internal import Serving
internal import SwiftProtobuf

// Conversion between the protocol's messages and the values that REST has too.

extension InferenceRequest {
    /// The request of a message for a model.
    ///
    /// - Throws: `ServingError` if the message has invalid or conflicting parts.
    init(
        _ message: Inference_ModelInferRequest, for model: ServedModel, limits: ServingConfiguration.Limits
    ) throws(ServingError) {
        let isRaw = !message.rawInputContents.isEmpty
        guard !isRaw || message.rawInputContents.count == message.inputs.count else {
            throw ServingError(
                .invalidRequest,
                "the request has \(message.inputs.count) inputs, but 'raw_input_contents' has "
                    + "\(message.rawInputContents.count); send one for each input")
        }
        var tensors: [InferenceTensor] = []
        for (place, input) in message.inputs.enumerated() {
            guard !isRaw || !input.hasContents else {
                throw ServingError(
                    .invalidRequest,
                    "the input '\(input.name.prefix(80))' has both 'contents' and 'raw_input_contents'; send either of "
                        + "them")
            }
            let content: InferenceTensor.Content =
                if isRaw {
                    .binary([UInt8](message.rawInputContents[place])[...])
                } else if input.datatype == "BYTES" {
                    .elements(input.contents.bytesContents.map { [UInt8]($0) })
                } else {
                    .numbers(input.contents.uintContents)
                }
            tensors.append(
                InferenceTensor(
                    name: input.name, datatype: input.datatype, shape: input.shape.map { Int(clamping: $0) },
                    content: content))
        }
        try self.init(
            id: message.id.isEmpty ? nil : message.id, inputs: tensors,
            outputs: message.outputs.map { ($0.name, nil) }, crops: try message.cropsParameter, isBinary: isRaw,
            side: model.classifier.description.preprocessing.cropSize, maxImages: limits.maxImages)
    }
}

extension Inference_ModelInferRequest {
    fileprivate var cropsParameter: String? {
        get throws(ServingError) {
            guard let value = parameters["crops"] else { return nil }
            guard case .stringParam(let text) = value.parameterChoice else {
                throw ServingError(.invalidRequest, "the parameter 'crops' must be a string")
            }
            return text
        }
    }
}

extension Inference_ModelInferResponse {
    /// The outputs that a request wants: raw if its inputs were raw, as other servers of the protocol do.
    init(_ answer: InferenceAnswer, _ results: InferenceAnswer.Results) {
        self.init()
        (modelName, modelVersion, id) = (answer.model, answer.version, answer.id ?? "")
        for output in answer.outputs {
            var tensor = InferOutputTensor()
            (tensor.name, tensor.datatype) = (output.name.rawValue, output.name.datatype)
            tensor.shape = answer.shape(output.name).map { Int64($0) }
            if output.isBinary {
                rawOutputContents.append(Data(answer.bytes(output.name)))
            } else {
                switch output.name {
                case .probabilities: tensor.contents.fp32Contents = results.probabilities
                case .logits: tensor.contents.fp32Contents = results.logits
                case .label: tensor.contents.bytesContents = results.labels.map { Data($0.utf8) }
                case .index: tensor.contents.int64Contents = results.indices.map { Int64($0) }
                }
            }
            outputs.append(tensor)
        }
    }
}

extension Inference_ServerMetadataResponse {
    init(_ metadata: ServerMetadata) {
        self.init()
        (name, version, extensions) = (metadata.name, metadata.version, metadata.extensions)
    }
}

extension Inference_ModelMetadataResponse {
    init(_ metadata: ModelMetadata) {
        self.init()
        (name, versions, platform) = (metadata.name, metadata.versions, metadata.platform)
        inputs = metadata.inputs.map { TensorMetadata($0) }
        outputs = metadata.outputs.map { TensorMetadata($0) }
    }
}

extension Inference_ModelMetadataResponse.TensorMetadata {
    fileprivate init(_ tensor: ModelMetadata.Tensor) {
        self.init()
        (name, datatype, shape) = (tensor.name, tensor.datatype, tensor.shape.map { Int64($0) })
    }
}

internal import Classifier
internal import Foundation
internal import Serving

/// The answer to a classify request: what `apus predict --format json` prints, with the model and its version; for
/// several images a list.
struct ClassifyAnswer: Sendable, Encodable {
    /// The result for an image.
    enum Item: Sendable {
        /// The prediction, its time, and a PNG file if an explanation was requested.
        case prediction(Prediction, duration: Duration, explanation: [UInt8]?)
        /// The image can't be read.
        case failure(name: String, ServingError)
    }

    let model: ServedModel
    let items: [Item]
    /// Whether the answer is a list, also if it has one item.
    let isList: Bool

    func encode(to encoder: any Encoder) throws {
        let values = items.map { Value(item: $0, model: model) }
        try isList ? values.encode(to: encoder) : values.first?.encode(to: encoder)
    }

    private struct Value: Encodable {
        let item: Item
        let model: ServedModel

        enum Key: String, CodingKey {
            case model, version, milliseconds, explanation, file, error, code
        }

        func encode(to encoder: any Encoder) throws {
            if case .prediction(let prediction, _, _) = item { try prediction.encode(to: encoder) }
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(model.name, forKey: .model)
            try container.encode(model.version, forKey: .version)
            switch item {
            case .prediction(_, let duration, let explanation):
                // In place of the prediction's own, which is zero.
                try container.encode(duration / .milliseconds(1), forKey: .milliseconds)
                try container.encodeIfPresent(
                    explanation.map { Data($0).base64EncodedString() }, forKey: .explanation)
            case .failure(let name, let error):
                try container.encode(name, forKey: .file)
                try container.encode(error.message, forKey: .error)
                try container.encode(error.code.rawValue, forKey: .code)
            }
        }
    }
}

internal import Apus

/// A result in JSON, and under `dataset` what was understood of the data behind it.
struct WithDataset<Value: Encodable>: Encodable {
    private let value: Value
    private let dataset: DataDescription?

    private enum CodingKeys: CodingKey { case dataset }

    init(_ value: Value, _ dataset: DataDescription?) { (self.value, self.dataset) = (value, dataset) }

    func encode(to encoder: any Encoder) throws {
        try value.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(dataset, forKey: .dataset)
    }
}

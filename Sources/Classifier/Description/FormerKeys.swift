package import Foundation

extension JSONDecoder {
    /// A decoder for the JSON that Apus writes into files. It also reads the keys of version 0.1.
    package static var forFiles: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .custom { path in
            let key = path[path.count - 1]
            return formerKeys[key.stringValue].map(FileKey.init) ?? key
        }
        return decoder
    }

    /// The keys of version 0.1 that have another name now.
    private static let formerKeys = [
        "pictures": "images", "trainingPictures": "trainingImages", "validationPictures": "validationImages",
        "knownShare": "coverage", "stageRate": "layerwiseDecay",
    ]
}

private struct FileKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
}

internal import Foundation
package import Images
internal import Platform

/// Which images a classifier was trained on and which training set aside, as 64-bit digests of them.
///
/// The model file holds it, so that a model that is moved away from its run still knows. An image is known by its content,
/// wherever it lies and whatever its name; the name counts where several images have one content.
public struct SplitRecord: Sendable, Equatable {
    /// Images that training learned from, validated with, and set aside for a test: a digest of each.
    public let train: [UInt64], val: [UInt64], test: [UInt64]

    private static let nameBits: UInt64 = 0xFFFF

    package init(train: [ImageIdentity], val: [ImageIdentity], test: [ImageIdentity]) {
        (self.train, self.val, self.test) = (train.map(Self.digest), val.map(Self.digest), test.map(Self.digest))
    }

    /// 48 bits of the content and 16 of the name; the content of a file that cannot be read is 0.
    private static func digest(of image: ImageIdentity) -> UInt64 {
        var name = Digest64()
        image.name.withUnsafeBytes { name.add($0) }
        return image.content & ~nameBits | name.value & nameBits
    }

    /// The part that each image belonged to; nil for an image that training did not have.
    func parts(of images: [ImageIdentity]) -> [EvaluationSplit?] {
        var exact: [UInt64: EvaluationSplit] = [:]
        var contents: [UInt64: EvaluationSplit] = [:]
        // Of equal images the network knows the one that it learned from.
        for (part, digests) in [(EvaluationSplit.test, test), (.val, val), (.train, train)] {
            for digest in digests {
                exact[digest] = part
                if digest & ~Self.nameBits != 0 { contents[digest & ~Self.nameBits] = part }
            }
        }
        return images.map { image in
            let digest = Self.digest(of: image)
            return exact[digest] ?? contents[digest & ~Self.nameBits]
        }
    }
}

extension SplitRecord: Codable {
    private enum CodingKeys: CodingKey { case train, val, test }

    /// Reads the digests of each part: 8 bytes each, lowest first, in Base64.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func digests(_ key: CodingKeys) throws -> [UInt64] {
            let text = try container.decodeIfPresent(String.self, forKey: key) ?? ""
            guard let bytes = Data(base64Encoded: text), bytes.count.isMultiple(of: 8) else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container, debugDescription: "these are no digests of images")
            }
            return bytes.withUnsafeBytes { bytes in
                stride(from: 0, to: bytes.count, by: 8).map {
                    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self))
                }
            }
        }
        (train, val, test) = (try digests(.train), try digests(.val), try digests(.test))
    }

    /// Writes the same.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        for (key, digests) in [(CodingKeys.train, train), (.val, val), (.test, test)] where !digests.isEmpty {
            let bytes = digests.map(\.littleEndian).withUnsafeBytes { Data($0) }
            try container.encode(bytes.base64EncodedString(), forKey: key)
        }
    }
}

/// A part of a dataset.
public enum EvaluationSplit: String, Sendable, Codable, CaseIterable {
    /// The images to learn from.
    case train
    /// Those set aside while training.
    case val
    /// Those never seen.
    case test
    /// All images, also those that the classifier was trained on.
    case all
}

internal import Foundation
internal import Images

/// The outputs for the part of a batch that a process computes.
struct PartOutputs {
    /// The index of each image in the dataset.
    private(set) var images: [Int] = []
    /// The outputs, image by image.
    private(set) var values: [Float] = []
    /// The sum of the custom losses.
    private(set) var loss = 0.0
    /// The images that could not be read.
    private(set) var failures: [SampleFailure] = []

    init(images: [Int] = [], values: [Float] = [], loss: Double = 0, failures: [SampleFailure] = []) {
        (self.images, self.values, self.loss, self.failures) = (images, values, loss, failures)
    }

    /// What precedes the numbers in the message to the other processes.
    private struct Head: Codable {
        let images: [Int]
        let values: Int
        let lossBits: UInt64
        let failures: [FailureText]
        let isCanceled: Bool
    }

    /// Returns the message to the other processes: the length of its head, the head, the values.
    func bytes(isCanceled: Bool) throws -> [UInt8] {
        let head = try JSONEncoder().encode(
            Head(
                images: images, values: values.count, lossBits: loss.bitPattern,
                failures: failures.map(FailureText.init),
                isCanceled: isCanceled))
        return withUnsafeBytes(of: UInt64(head.count).littleEndian, Array.init) + head
            + values.withUnsafeBytes(Array.init)
    }

    /// Adds the message of the next process.
    ///
    /// - Returns: Whether the task of that process is canceled.
    mutating func append(_ message: [UInt8]) throws -> Bool {
        let length = message.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let head = try JSONDecoder().decode(Head.self, from: Data(message.dropFirst(8).prefix(length)))
        images += head.images
        loss += Double(bitPattern: head.lossBits)
        failures += head.failures.map(\.failure)
        message.withUnsafeBytes { bytes in
            for place in 0..<head.values {
                values.append(bytes.loadUnaligned(fromByteOffset: 8 + length + place * 4, as: Float.self))
            }
        }
        return head.isCanceled
    }
}

/// An unreadable image of another process.
struct FailureText: Codable {
    private let index: Int
    private let name: String
    private let reason: String

    init(_ failure: SampleFailure) { (index, name, reason) = (failure.index, failure.name, "\(failure.error)") }

    var failure: SampleFailure { SampleFailure(index: index, name: name, error: Reason(description: reason)) }

    private struct Reason: Error, CustomStringConvertible {
        let description: String
    }
}

internal import GRPCCore
internal import Serving
internal import SwiftProtobuf

/// Writes messages as gRPC sends them.
struct ProtobufSerializer<Message: SwiftProtobuf.Message>: MessageSerializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: Message) throws -> Bytes {
        let bytes: ProtobufBytes<Bytes> = try message.serializedBytes()
        return bytes.base
    }
}

/// Reads messages, and refuses those that would need far more memory than they have bytes.
struct ProtobufDeserializer<Message: SwiftProtobuf.Message>: MessageDeserializer {
    /// The largest size of a message in bytes.
    var maximumSize = Int.max

    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> Message {
        guard bytes.count <= maximumSize else {
            throw RPCError(
                ServingError(
                    .bodyTooLarge,
                    "the message has \(bytes.count) bytes, and may have \(maximumSize); send fewer or smaller images"))
        }
        guard bytes.withUnsafeBytes({ !hasTooManyParts($0) }) else {
            throw RPCError(
                code: .invalidArgument, message: "the message has more than \(maximumParts) tensors and parameters")
        }
        do {
            return try Message(serializedBytes: ProtobufBytes(base: bytes))
        } catch {
            throw RPCError(
                code: .invalidArgument, message: "the message is damaged: it is not a \(Message.protoMessageName)")
        }
    }
}

/// The bytes of a message in the types of both libraries, without a copy.
private struct ProtobufBytes<Base: GRPCContiguousBytes>: SwiftProtobufContiguousBytes {
    var base: Base

    init(base: Base) { self.base = base }
    init(repeating byte: UInt8, count: Int) { base = Base(repeating: byte, count: count) }
    init(_ bytes: some Sequence<UInt8>) { base = Base(bytes) }

    var count: Int { base.count }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try base.withUnsafeBytes(body)
    }

    mutating func withUnsafeMutableBytes<Result>(
        _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try base.withUnsafeMutableBytes(body)
    }
}

/// The number of tensors, parameters and requested outputs of a message, together.
private let maximumParts = 1024

/// Whether a message has more messages in it than any request needs.
///
/// An empty tensor takes two bytes of a message and a hundred times as much in memory. The numbers of a tensor's shape
/// and contents grow at most eightfold, so that they are limited by the size of the message. Damaged messages are left
/// to the decoder.
private func hasTooManyParts(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var count = 0
    forEachField(of: bytes) { number, content in
        count += 1
        // The parts of inputs and outputs; of a ModelInferRequest's other fields, none has parts.
        guard number == 5 || number == 6, count <= maximumParts else { return count <= maximumParts }
        forEachField(of: content) { _, _ in
            count += 1
            return count <= maximumParts
        }
        return count <= maximumParts
    }
    return count > maximumParts
}

/// Calls a body with the number and the content of each field that has a length, until it returns false.
private func forEachField(
    of bytes: UnsafeRawBufferPointer, _ body: (_ number: UInt64, _ content: UnsafeRawBufferPointer) -> Bool
) {
    var rest = bytes[...]
    func number() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }
    while let tag = number() {
        switch tag & 7 {
        case 0: guard number() != nil else { return }
        case 1: rest = rest.dropFirst(8)
        // The start and the end of a group, which the decoder skips. What is in it counts too.
        case 3, 4: break
        case 5: rest = rest.dropFirst(4)
        case 2:
            guard let length = number(), length <= rest.count else { return }
            guard body(tag >> 3, UnsafeRawBufferPointer(rebasing: rest.prefix(Int(length)))) else { return }
            rest = rest.dropFirst(Int(length))
        default: return
        }
    }
}

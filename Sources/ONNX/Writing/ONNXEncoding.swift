internal import Platform
internal import SwiftProtobuf

/// The bytes of an ONNX file in order: messages in SwiftProtobuf's layout, and weights, which are written from their
/// memory without a copy.
struct ONNXEncoding {
    enum Piece {
        case bytes([UInt8])
        case tensor(ONNXTensor)
    }

    /// The maximum length of a message that readers accept.
    static let limit = Int(Int32.max) - ONNXChecksum.byteCount

    private(set) var pieces: [Piece] = []
    private(set) var byteCount = 0

    /// Encodes a model.
    ///
    /// - Parameter data: The name and the checksum of the external file with the elements of all constant tensors; nil
    ///   for elements in the message itself.
    init(_ model: ONNXModel, data: (file: String, checksum: UInt64)? = nil) throws {
        var header = model.message
        header.clearGraph()
        if let data { header.metadataProps.append(.init(key: ONNXChecksum.dataKey, value: data.checksum.hexadecimal)) }
        let graph: [UInt8] = try model.message.graph.serializedBytes()

        // The elements come last in a tensor's message, and the tensors last in the graph's, as the format allows.
        var tensors: [(head: [UInt8], tensor: ONNXTensor?)] = []
        var (length, offset) = (graph.count, 0)
        for (name, tensor) in model.initializers {
            let size = tensor.byteCount
            var message = Onnx_TensorProto(name, tensor)
            if let data {
                message.dataLocation = .external
                message.externalData = [
                    .init(key: "location", value: data.file), .init(key: "offset", value: "\(offset)"),
                    .init(key: "length", value: "\(size)"),
                ]
                offset += size
            }
            var content: [UInt8] = try message.serializedBytes()
            if data == nil { content += Self.start(ofField: 9, length: size) }
            let inside = data == nil ? size : 0
            let head = Self.start(ofField: 5, length: content.count + inside) + content
            tensors.append((head, data == nil ? tensor : nil))
            length += head.count + inside
        }

        append(.bytes(try header.serializedBytes() + Self.start(ofField: 7, length: length) + graph))
        for (head, tensor) in tensors {
            append(.bytes(head))
            if let tensor { append(.tensor(tensor)) }
        }
    }

    /// Writes the file, with a checksum at its end.
    func write(to path: String, flushes: Bool) throws {
        try writeAtomically(to: path, flushes: flushes) { file in
            var sum = Digest64.Stream()
            func write(_ bytes: UnsafeRawBufferPointer) throws {
                sum.add(bytes)
                try file.write(bytes)
            }
            for piece in pieces {
                switch piece {
                case .bytes(let bytes): try bytes.withUnsafeBytes { try write($0) }
                case .tensor(let tensor): try tensor.withBytes(write)
                }
            }
            try file.write(ONNXChecksum.pair(sum.finish()))
        }
    }

    private mutating func append(_ piece: Piece) {
        pieces.append(piece)
        switch piece {
        case .bytes(let bytes): byteCount += bytes.count
        case .tensor(let tensor): byteCount += tensor.byteCount
        }
    }

    /// The bytes before the content of a field with a message or bytes: the field's number with wire type 2, then the
    /// length, both as varints.
    private static func start(ofField number: Int, length: Int) -> [UInt8] {
        [number << 3 | 2, length].flatMap { value in
            var (rest, bytes) = (value, [UInt8]())
            while rest > 0x7F {
                bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest >>= 7
            }
            return bytes + [UInt8(rest)]
        }
    }
}

extension Onnx_TensorProto {
    /// A tensor's name, type and shape, without its elements.
    init(_ name: String, _ tensor: ONNXTensor) {
        self.init()
        self.name = name
        dataType = tensor.type
        dims = tensor.shape.map(Int64.init)
    }
}

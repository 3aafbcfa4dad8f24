internal import Platform

/// The content of an ONNX file that is needed to check it: everything except the values.
///
/// It is read in place and without recursion, so that an untrusted file can be examined before an engine loads it.
/// `check()` reports whether it is valid.
public struct ONNXFile {
    /// A constant tensor.
    struct Tensor {
        var name = ""
        var dims: [Int] = []
        var type = 0
        /// The integers, if there are few of them: shapes, axes and similar.
        var integers: [Int]?
        /// The values in the file, by the field that contains them; nil if they are in an external file.
        var rawCount: Int?
        var valueCount = 0
        /// The number of values in the file that are NaN or infinite.
        var nonFiniteCount = 0
        var external: External?
    }

    /// The location of a tensor's external data.
    struct External {
        var location = ""
        var offset = 0
        var length: Int?
        /// The name of the tensor in a safetensors file, if it is another one (`ONNXModel+References.swift`).
        var tensor: String?
        /// The keys in the file.
        var keys: Set<String> = []
    }

    struct Attribute {
        enum Kind: Character {
            case float = "f"
            case integer = "i"
            case string = "s"
            case tensor = "t"
            case floats = "F"
            case integers = "I"
            case strings = "S"
            case tensors = "T"
            case graph = "g"
            /// Types and sparse tensors, which classifiers do not have.
            case other = "x"
        }

        var name = ""
        var kind: Kind?
        var integer = 0
        var integers: [Int] = []
        var tensors: [Tensor] = []
    }

    struct Node {
        var name = ""
        var type = ""
        var domain = ""
        var inputs: [String] = []
        var outputs: [String] = []
        var attributes: [Attribute] = []
    }

    /// A name with its element type and sizes; nil for a variable size.
    struct Value {
        var name = ""
        var type = 0
        var sizes: [Int?]?
    }

    var operatorSets: [String: Int] = [:]
    var nodes: [Node] = []
    var initializers: [Tensor] = []
    var inputs: [Value] = []
    var outputs: [Value] = []
    /// The unsupported contents: functions, sparse tensors, training.
    var strange: [String] = []
    /// The keys and values stored with the graph.
    public private(set) var metadata: [String: String] = [:]
    /// The checksum of the external file with the values; nil if there is none.
    private(set) var dataChecksum: UInt64?

    /// Reads a file.
    ///
    /// - Throws: `ONNXError` with the file's name if it cannot be read, is not an ONNX model, or exceeds the limits.
    public init(contentsOf path: String) throws(ONNXError) {
        let file: MappedFile
        do throws(FileError) {
            file = try MappedFile(path: path)
        } catch {
            throw ONNXError("\(error)")
        }
        do throws(ONNXError) {
            self = try file.withUnsafeBytes { (bytes) throws(ONNXError) in
                let isAsWritten = try ONNXChecksum.check(bytes)
                var file = try ONNXFile(bytes)
                // A program that rewrites such a file may store the values elsewhere.
                if !isAsWritten { file.dataChecksum = nil }
                return file
            }
        } catch {
            throw ONNXError("\(path): \(error)")
        }
    }

    /// Reads the bytes of `ONNXModel.graph(referencing:)`.
    ///
    /// - Throws: `ONNXError` if they are not an ONNX model, or exceed the limits.
    package init(graph bytes: [UInt8]) throws(ONNXError) {
        let result = bytes.withUnsafeBytes { bytes in Result { () throws(ONNXError) in try ONNXFile(bytes) } }
        self = try result.get()
    }

    /// Reads the bytes of a file.
    init(_ bytes: UnsafeRawBufferPointer) throws(ONNXError) {
        var reader = ProtobufReader(bytes)
        var hasGraph = false
        while let (field, value) = try reader.next() {
            switch field {
            case 7:
                guard !hasGraph else { throw ProtobufReader.damage }
                hasGraph = true
                try readGraph(value.content())
            case 8: try readOperatorSet(value.content())
            case 14:
                let (key, text) = try Self.pair(value.content())
                switch key {
                case ONNXChecksum.key: break
                case ONNXChecksum.dataKey: dataChecksum = UInt64(text, radix: 16)
                default: if metadata[key] == nil { metadata[key] = text }
                }
            case 20: strange.append("training steps")
            case 25: strange.append("custom functions")
            default: break
            }
        }
        guard hasGraph else { throw ProtobufReader.damage }
    }

    /// The maximum number of each kind of item.
    static let mostItems = 200_000

    private mutating func readOperatorSet(_ bytes: UnsafeRawBufferPointer) throws(ONNXError) {
        var reader = ProtobufReader(bytes)
        var (domain, version) = ("", 0)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: domain = try value.text()
            case 2: version = try value.integer()
            default: break
            }
        }
        operatorSets[domain == "ai.onnx" ? "" : domain] = version
    }

    private mutating func readGraph(_ bytes: UnsafeRawBufferPointer) throws(ONNXError) {
        var reader = ProtobufReader(bytes)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: nodes.append(try Self.node(value.content()))
            case 5: initializers.append(try Self.tensor(value.content()))
            case 11: inputs.append(try Self.value(value.content()))
            case 12: outputs.append(try Self.value(value.content()))
            case 15: strange.append("sparse tensors")
            default: break
            }
            guard nodes.count + initializers.count + inputs.count + outputs.count <= Self.mostItems else {
                throw ONNXError("it has more than \(Self.mostItems) operators and tensors, the supported maximum")
            }
        }
    }

    private static func node(_ bytes: UnsafeRawBufferPointer) throws(ONNXError) -> Node {
        var reader = ProtobufReader(bytes)
        var node = Node()
        while let (field, value) = try reader.next() {
            switch field {
            case 1: node.inputs.append(try value.text())
            case 2: node.outputs.append(try value.text())
            case 3: node.name = try value.text()
            case 4: node.type = try value.text()
            case 5: node.attributes.append(try attribute(value.content()))
            case 7: node.domain = try value.text()
            default: break
            }
        }
        if node.domain == "ai.onnx" { node.domain = "" }
        return node
    }

    private static func attribute(_ bytes: UnsafeRawBufferPointer) throws(ONNXError) -> Attribute {
        let kinds: [Int: Attribute.Kind] = [
            1: .float, 2: .integer, 3: .string, 4: .tensor, 5: .graph, 6: .floats, 7: .integers, 8: .strings,
            9: .tensors,
            10: .graph, 11: .other, 12: .other, 13: .other, 14: .other,
        ]
        // The field that contains the value of each kind.
        let fields: [Int: Attribute.Kind] = [
            2: .float, 3: .integer, 4: .string, 5: .tensor, 6: .graph, 7: .floats, 8: .integers, 9: .strings,
            10: .tensors, 11: .graph, 14: .other, 15: .other, 22: .other, 23: .other,
        ]
        var reader = ProtobufReader(bytes)
        var attribute = Attribute()
        var type: Int?
        var found: Attribute.Kind?
        while let (field, value) = try reader.next() {
            switch field {
            case 1: attribute.name = try value.text()
            case 3: attribute.integer = try value.integer()
            case 5, 10:
                // Readers merge a single tensor that occurs twice.
                guard field == 10 || attribute.tensors.isEmpty else { throw ProtobufReader.damage }
                attribute.tensors.append(try tensor(value.content()))
            case 8: try value.integers(into: &attribute.integers)
            case 20: type = try value.integer()
            default: break
            }
            if let kind = fields[field] {
                guard found == nil || found == kind else {
                    throw ONNXError("the attribute '\(attribute.name.shown)' has values of two types")
                }
                found = kind
            }
        }
        // An empty list and a zero need not be written.
        attribute.kind = type.flatMap { kinds[$0] } ?? (type == nil ? found : nil)
        guard let kind = attribute.kind, found == nil || found == kind else {
            throw ONNXError("the attribute '\(attribute.name.shown)' has a value of another than the declared type")
        }
        return attribute
    }

    private static func tensor(_ bytes: UnsafeRawBufferPointer) throws(ONNXError) -> Tensor {
        var reader = ProtobufReader(bytes)
        var tensor = Tensor()
        var isExternal = false
        var external = External()
        var raw: UnsafeRawBufferPointer?
        var int64: [Int] = []
        while let (field, value) = try reader.next() {
            switch field {
            case 1: try value.integers(into: &tensor.dims)
            case 2:
                // Readers keep the first of two values if they do not know the second one.
                guard tensor.type == 0 else { throw ProtobufReader.damage }
                tensor.type = try value.integer()
            case 4:
                tensor.valueCount += try value.count(width: 4)
                tensor.nonFiniteCount += NonFiniteCount.of(value.numbers, type: 1)
            case 7:
                let count = try value.count(width: nil)
                tensor.valueCount += count
                if tensor.valueCount <= mostShownIntegers { try value.integers(into: &int64) }
            case 5, 11: tensor.valueCount += try value.count(width: nil)
            case 6: throw ONNXError("a tensor contains texts, which is not supported")
            case 8: tensor.name = try value.text()
            case 9: raw = try value.content()
            case 10:
                tensor.valueCount += try value.count(width: 8)
                tensor.nonFiniteCount += NonFiniteCount.of(value.numbers, type: 11)
            case 13:
                let (key, text) = try pair(value.content())
                // Readers differ in which of two values they use.
                guard external.keys.insert(key).inserted else {
                    throw ONNXError("the location of a tensor's data has two values for '\(key.shown)'")
                }
                switch key {
                case "location": external.location = text
                case "tensor": external.tensor = text
                case "offset": external.offset = try number(text)
                case "length": external.length = try number(text)
                default: break
                }
            case 14:
                // Readers take other numbers for one of these, or leave them out.
                let location = try value.integer()
                guard location == 0 || location == 1 else { throw ProtobufReader.damage }
                isExternal = location == 1
            default: break
            }
            guard tensor.dims.count <= 16 else { throw ONNXError("a tensor has more than 16 dimensions") }
        }
        tensor.rawCount = raw?.count
        if let raw { tensor.nonFiniteCount += NonFiniteCount.of(raw, type: tensor.type) }
        if isExternal { tensor.external = external }
        if tensor.type == 7 {
            if let raw, raw.count <= 8 * mostShownIntegers, raw.count.isMultiple(of: 8) {
                tensor.integers = stride(from: 0, to: raw.count, by: 8).map {
                    Int(Int64(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: Int64.self)))
                }
            } else if raw == nil, !isExternal, tensor.valueCount <= mostShownIntegers {
                tensor.integers = int64
            }
        }
        return tensor
    }

    private static let mostShownIntegers = 64

    private static func number(_ text: String) throws(ONNXError) -> Int {
        guard let number = Int(text), number >= 0 else {
            throw ONNXError("the data offset or length of a tensor is '\(text.shown)', not a number of bytes")
        }
        return number
    }

    private static func value(_ bytes: UnsafeRawBufferPointer) throws(ONNXError) -> Value {
        var result = Value()
        var reader = ProtobufReader(bytes)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: result.name = try value.text()
            case 2:
                var type = ProtobufReader(try value.content())
                while let (field, value) = try type.next() {
                    guard field == 1 else { continue }
                    var tensor = ProtobufReader(try value.content())
                    while let (field, value) = try tensor.next() {
                        if field == 1 { result.type = try value.integer() }
                        if field == 2 { result.sizes = try sizes(value.content()) }
                    }
                }
            default: break
            }
        }
        return result
    }

    private static func sizes(_ bytes: UnsafeRawBufferPointer) throws(ONNXError) -> [Int?] {
        var sizes: [Int?] = []
        var reader = ProtobufReader(bytes)
        while let (field, value) = try reader.next() {
            guard field == 1 else { continue }
            var size: Int?
            var dimension = ProtobufReader(try value.content())
            while let (field, value) = try dimension.next() {
                if field == 1 { size = try value.integer() }
            }
            sizes.append(size)
        }
        return sizes
    }

    private static func pair(_ bytes: UnsafeRawBufferPointer) throws(ONNXError) -> (String, String) {
        var reader = ProtobufReader(bytes)
        var (key, text) = ("", "")
        while let (field, value) = try reader.next() {
            if field == 1 { key = try value.text() }
            if field == 2 { text = try value.text() }
        }
        return (key, text)
    }
}

/// An error of a file that is not a usable ONNX model, or of a network that cannot be converted to one.
public struct ONNXError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The problem: the operator, the module that calls it, the shapes, and the reason.
    public let description: String

    /// Creates an error with a message.
    package init(_ description: String) { self.description = description }
}

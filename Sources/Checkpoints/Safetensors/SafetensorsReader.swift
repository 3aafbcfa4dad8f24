internal import Platform

/// Reads the header of a safetensors file and checks that its tensors fill the file exactly.
enum SafetensorsReader {
    private struct Tensor {
        let name: String
        let dtype: DType
        let shape: [Int]
        let start: Int
        let end: Int
    }

    static func layout(of bytes: UnsafeRawBufferPointer) throws(CheckpointFault) -> CheckpointLayout {
        let header = try header(of: bytes)
        try SafetensorsChecksums.check(header)
        var layout = CheckpointLayout()
        let tensors = try tensors(in: header, metadata: &layout.metadata)
        let dataStart = 8 + header.count
        try checkThatTensorsFill(bytes.count - dataStart, tensors)
        for tensor in tensors {
            guard let count = StridedView.elementCount(of: tensor.shape),
                count * tensor.dtype.byteCount == tensor.end - tensor.start
            else {
                throw .damaged(
                    "tensor '\(tensor.name.shown)' of shape \(tensor.shape) and dtype"
                        + " \(tensor.dtype.name) cannot have \(tensor.end - tensor.start) bytes")
            }
            let view = try StridedView(
                offset: 0, shape: tensor.shape, strides: StridedView.contiguousStrides(of: tensor.shape),
                capacity: count)
            layout.entries.append(.init(name: tensor.name, storage: layout.storages.count, view: view))
            layout.storages.append(
                .init(
                    dtype: tensor.dtype, count: count,
                    source: .file(dataStart + tensor.start..<dataStart + tensor.end)))
        }
        let sums = try SafetensorsChecksums.takeTensors(from: &layout.metadata, count: layout.entries.count)
        layout.checksums = sums.map { .digests($0) }
        return layout
    }

    /// The header's JSON.
    private static func header(of bytes: UnsafeRawBufferPointer) throws(CheckpointFault) -> UnsafeRawBufferPointer {
        var cursor = ByteCursor(bytes)
        let length = try cursor.length()
        guard length <= SafetensorsFormat.maximumHeaderBytes else {
            throw .damaged("its header would have \(length) bytes, more than safetensors allows")
        }
        guard length <= cursor.remaining else {
            throw .damaged(
                "it is truncated: its header has \(length) bytes, but the file ends after \(cursor.remaining)")
        }
        return try cursor.slice(length)
    }

    private static func tensors(
        in header: UnsafeRawBufferPointer, metadata: inout [String: String]
    ) throws(CheckpointFault) -> [Tensor] {
        var scanner = JSONScanner(header)
        var tensors: [Tensor] = []
        var names: Set<ExactString> = []
        var texts: [String: String] = [:]
        guard header.first == UInt8(ascii: "{") else {
            throw .damaged("its header does not start with '{'")
        }
        try scanner.list("{", "}") { scanner throws(CheckpointFault) in
            let name = try scanner.string()
            try scanner.expect(":")
            guard names.insert(ExactString(name)).inserted else { throw duplicate(name) }
            if name == SafetensorsFormat.metadataKey {
                texts = try self.texts(&scanner)
            } else {
                tensors.append(try tensor(named: name, &scanner))
            }
        }
        guard scanner.isAtEnd() else { throw .damaged("its header continues after its end") }
        metadata = texts
        return tensors
    }

    private static func texts(_ scanner: inout JSONScanner) throws(CheckpointFault) -> [String: String] {
        var texts: [String: String] = [:]
        try scanner.list("{", "}") { scanner throws(CheckpointFault) in
            let key = try scanner.string()
            try scanner.expect(":")
            let value = try scanner.string()
            guard texts.updateValue(value, forKey: key) == nil else { throw duplicate(key) }
        }
        return texts
    }

    private static func tensor(named name: String, _ scanner: inout JSONScanner) throws(CheckpointFault) -> Tensor {
        var dtype: DType?
        var shape: [Int]?
        var offsets: [Int]?
        try scanner.list("{", "}") { scanner throws(CheckpointFault) in
            let key = try scanner.string()
            try scanner.expect(":")
            switch key {
            case "dtype" where dtype == nil:
                dtype = try SafetensorsFormat.dtype(named: try scanner.string(), of: name)
            case "shape" where shape == nil: shape = try scanner.integers()
            case "data_offsets" where offsets == nil: offsets = try scanner.integers()
            case "dtype", "shape", "data_offsets": throw duplicate(key)
            default:
                throw .damaged("tensor '\(name.shown)' has an unknown '\(key.shown)'")
            }
        }
        guard let dtype, let shape, let offsets, offsets.count == 2, offsets[0] <= offsets[1] else {
            throw .damaged("tensor '\(name.shown)' lacks its dtype, shape or offsets")
        }
        return Tensor(name: name, dtype: dtype, shape: shape, start: offsets[0], end: offsets[1])
    }

    /// Tensors must follow each other without gaps or overlaps and end with the file.
    private static func checkThatTensorsFill(_ count: Int, _ tensors: [Tensor]) throws(CheckpointFault) {
        var position = 0
        for tensor in tensors.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
            guard tensor.start == position else {
                throw .damaged(
                    "tensor '\(tensor.name.shown)' starts at byte \(tensor.start) of the data instead of"
                        + " byte \(position)")
            }
            position = tensor.end
        }
        guard position <= count else {
            throw .damaged("it is truncated: its tensors need \(position) bytes, but it has \(count)")
        }
        guard position == count else {
            throw .damaged("\(count - position) bytes follow after its last tensor")
        }
    }

    private static func duplicate(_ name: String) -> CheckpointFault {
        .damaged("its header has the name '\(name.shown)' twice")
    }
}

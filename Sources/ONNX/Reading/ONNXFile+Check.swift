internal import LibC
internal import Platform

extension ONNXFile {
    /// Checks that the file follows ONNX's rules and additional limits, so that an engine can load it: operators have
    /// the inputs, outputs and attributes of their definitions, values are computed before they are used (so there is
    /// no cycle), tensors have as many elements as their sizes require, none of them NaN or infinite, and external data
    /// are in the model's folder and match their checksum if there is one. Loops and branches are rejected because no
    /// classifier needs them.
    ///
    /// - Parameter path: The path of the file; nil if there is none, so that all data must be inside.
    /// - Returns: Whether every operator is known, so that all of them were fully checked. Operators of newer or
    ///   foreign sets are skipped.
    /// - Throws: `ONNXError` with the operator or tensor.
    @discardableResult
    public func check(path: String?) throws(ONNXError) -> Bool {
        try check(path.map { .file($0) } ?? .inside)
    }

    /// Checks the bytes of `ONNXModel.graph(referencing:)` in the same way. Tensors of the safetensors file are only
    /// checked for their type and sizes.
    ///
    /// - Returns: Whether every operator is known, so that all of them were fully checked.
    /// - Throws: `ONNXError` with the operator or tensor.
    package func checkGraph() throws(ONNXError) -> Bool { try check(.safetensors) }

    /// The location of a tensor in the safetensors file that contains the graph.
    static let safetensorsLocation = "apus:safetensors"

    /// The place where the tensors' values may be.
    private enum Place {
        /// In the model.
        case inside
        /// In the model, or in the folder of this file.
        case file(String)
        /// In the model, or in the safetensors file that contains the model.
        case safetensors
    }

    private func check(_ place: Place) throws(ONNXError) -> Bool {
        if let strange = strange.first { throw ONNXError("it contains \(strange), which is not supported") }
        for tensor in initializers {
            try check(tensor, place)
            try demandFinite(tensor, tensor.nonFiniteCount)
        }
        if case .file(let path) = place { try checkData(path: path) }
        var defined: Set<String> = []
        func define(_ name: String, _ what: String) throws(ONNXError) {
            guard defined.insert(name).inserted else { throw ONNXError("\(what) '\(name.shown)' occurs twice") }
        }
        for tensor in initializers { try define(tensor.name, "the tensor") }
        // Older files also list constant tensors among the inputs.
        for input in inputs where !defined.contains(input.name) { try define(input.name, "the input") }
        let constants = Dictionary(initializers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

        var isKnown = true
        for (number, node) in nodes.enumerated() {
            do throws(ONNXError) {
                for name in node.inputs where !name.isEmpty {
                    guard defined.contains(name) else {
                        throw ONNXError("it uses '\(name.shown)', which is not computed before")
                    }
                }
                isKnown = try check(node, constants, place) && isKnown
                for name in node.outputs where !name.isEmpty { try define(name, "its output") }
            } catch {
                throw ONNXError("operator \(number + 1), \(node.type.shown) '\(node.name.shown)': \(error)")
            }
        }
        guard !outputs.isEmpty else { throw ONNXError("it has no outputs") }
        for output in outputs {
            guard defined.contains(output.name) else {
                throw ONNXError("its output '\(output.name.shown)' is never computed")
            }
        }
        return isKnown
    }

    /// Checks one operator with its definition. Returns false if there is none.
    private func check(
        _ node: Node, _ constants: [String: Tensor], _ place: Place
    ) throws(ONNXError) -> Bool {
        for attribute in node.attributes {
            guard attribute.kind != .graph else {
                throw ONNXError("it is a loop or a branch, which is not supported")
            }
            // A sparse tensor may have external data, too.
            guard attribute.kind != .other else {
                throw ONNXError(
                    "its attribute '\(attribute.name.shown)' is a sparse tensor or a type, which is not supported")
            }
            for tensor in attribute.tensors {
                // Only the tensors of the graph itself can be in the safetensors file.
                if case .safetensors = place { try check(tensor, .inside) } else { try check(tensor, place) }
            }
        }
        let given = Set(node.attributes.map(\.name))
        guard given.count == node.attributes.count else { throw ONNXError("one of its attributes occurs twice") }
        guard node.domain.isEmpty, let set = operatorSets[""], ONNXOperatorTable.operatorSets.contains(set),
            let schema = ONNXSchema.find(node.type, operatorSet: set)
        else { return false }
        let faults = [
            ONNXSchema.fault(node.inputs, schema.inputs, least: schema.leastInputs, "inputs"),
            ONNXSchema.fault(node.outputs, schema.outputs, least: schema.leastOutputs, "outputs"),
        ]
        if let fault = faults.compactMap(\.self).first { throw ONNXError(fault) }
        for attribute in node.attributes {
            guard let known = schema.attributes[attribute.name] else {
                throw ONNXError("it has an attribute '\(attribute.name.shown)', which this operator does not have")
            }
            guard attribute.kind == known.kind else {
                throw ONNXError("its attribute '\(attribute.name.shown)' has the wrong type")
            }
        }
        if let missing = schema.attributes.filter({ $1.isRequired && !given.contains($0) }).keys.min() {
            throw ONNXError("its attribute '\(missing)' is missing")
        }
        try ONNXSizeCheck(node, constants).run()
        return true
    }

    // MARK: Tensors

    /// The bits of an element, by the number of its type.
    private static let bits: [Int: Int] = [
        1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64, 14: 64, 15: 128, 16: 16,
        17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4,
    ]

    /// The number of elements of these sizes; nil for invalid sizes.
    static func elementCount(_ sizes: [Int]) -> Int? {
        var count = 1
        for size in sizes {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard size >= 0, !overflow, product <= 1 << 40 else { return nil }
            count = product
        }
        return count
    }

    /// A bound may be infinite, but a weight may not: some layers and engines would hide it.
    private func demandFinite(_ tensor: Tensor, _ nonFiniteCount: Int) throws(ONNXError) {
        guard !tensor.dims.isEmpty, nonFiniteCount > 0 else { return }
        throw ONNXError(
            "\(nonFiniteCount) of \(Self.elementCount(tensor.dims) ?? 0) values of the tensor '\(tensor.name.shown)' "
                + "are NaN or infinite, so the network cannot give results")
    }

    /// Checks the values in external files, whose locations are already checked.
    private func checkData(path: String) throws(ONNXError) {
        for file in externalFiles(path: path) {
            let data: MappedFile
            do throws(FileError) {
                data = try MappedFile(path: file)
            } catch {
                throw ONNXError("\(error)")
            }
            try data.withUnsafeBytes { (bytes) throws(ONNXError) in
                if let dataChecksum, Digest64.values(of: [bytes])[0] != dataChecksum {
                    throw ONNXError(
                        "the checksum of the weights in \(file) does not match")
                }
                for tensor in initializers {
                    guard let external = tensor.external, Self.place(of: external, path) == file,
                        let count = Self.elementCount(tensor.dims), let bits = Self.bits[tensor.type]
                    else { continue }
                    let start = min(external.offset, bytes.count)
                    let values = UnsafeRawBufferPointer(rebasing: bytes[start...].prefix((count * bits + 7) / 8))
                    try demandFinite(tensor, NonFiniteCount.of(values, type: tensor.type))
                }
            }
        }
    }

    private func check(_ tensor: Tensor, _ place: Place) throws(ONNXError) {
        func fault(_ reason: String) -> ONNXError { ONNXError("the tensor '\(tensor.name.shown)' \(reason)") }
        guard let bits = Self.bits[tensor.type] else { throw fault("has an unknown type") }
        guard let count = Self.elementCount(tensor.dims) else {
            throw fault("has invalid sizes: \(tensor.dims)")
        }
        let size = (count * bits + 7) / 8
        guard let external = tensor.external else {
            if let raw = tensor.rawCount {
                guard raw == size, tensor.valueCount == 0 else {
                    throw fault("of sizes \(tensor.dims) needs \(size) bytes, but has \(raw)")
                }
            } else {
                // Values of four bits are stored in pairs, complex ones as two.
                let values = bits == 4 ? (count + 1) / 2 : [14, 15].contains(tensor.type) ? 2 * count : count
                guard tensor.valueCount == values else {
                    throw fault("of sizes \(tensor.dims) needs \(count) elements, but has \(tensor.valueCount)")
                }
            }
            return
        }
        guard tensor.rawCount == nil, tensor.valueCount == 0 else {
            throw fault("has values both in the file and in an external file")
        }
        guard external.length ?? size == size else {
            throw fault("of sizes \(tensor.dims) needs \(size) bytes, but declares \(external.length ?? 0)")
        }
        switch place {
        case .inside: throw fault("is in an external file, but there is no folder")
        case .file(let path): try check(external, size: size, folder: Self.folder(of: path), fault)
        case .safetensors:
            guard external.location == Self.safetensorsLocation, external.keys.isSubset(of: ["location", "tensor"])
            else { throw fault("is at '\(external.location.shown)', not in the same safetensors file") }
        }
    }

    /// External data must be in the model's folder, even if links are involved.
    private func check(
        _ external: External, size: Int, folder: String, _ fault: (String) -> ONNXError
    ) throws(ONNXError) {
        let parts = external.location.split(separator: "/", omittingEmptySubsequences: false)
        // For such locations ONNX Runtime and OpenVINO take the offset as an address in memory, even if the file
        // exists: `*/_ORT_MEM_ADDR_/*`, `*/_ORT_NATIVE_ENDIAN_MEM_ADDR_/*`.
        guard !parts.contains("*"), !external.location.contains("_ORT_") else {
            throw fault("is at '\(external.location.shown)', a memory address instead of a file")
        }
        guard !external.location.isEmpty, !external.location.utf8.contains(0), !external.location.contains("\\"),
            !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." })
        else { throw fault("is at '\(external.location.shown)', which must be a file in the model's folder") }
        let path = folder + "/" + external.location
        guard let root = folder.withFileName({ realpath($0, nil) }),
            let place = path.withFileName({ realpath($0, nil) })
        else {
            throw fault("is in \(path.shown), which does not exist; copy it next to the model")
        }
        defer {
            free(root)
            free(place)
        }
        let (rootPath, placePath) = (String(fileName: root), String(fileName: place))
        guard placePath.hasPrefix(rootPath.hasSuffix("/") ? rootPath : rootPath + "/") else {
            throw fault("is at '\(external.location.shown)', a link to a place outside the model's folder")
        }
        var status = stat()
        guard stat(place, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw fault("is in \(path.shown), which is not a regular file")
        }
        let (end, overflow) = external.offset.addingReportingOverflow(size)
        guard !overflow, end <= Int(status.st_size) else {
            throw fault("needs bytes \(external.offset) to \(end) of \(path.shown), which has \(status.st_size) bytes")
        }
    }

    /// The sizes of the single input `[N, height, width, channels]` of 8-bit pixels, with nil for variable sizes; nil
    /// if there is no such input.
    public var pixelSizes: [Int?]? {
        let fixed = Set(initializers.map(\.name))
        let free = inputs.filter { !fixed.contains($0.name) }
        guard free.count == 1, free[0].type == 2, let sizes = free[0].sizes, sizes.count == 4 else { return nil }
        return sizes
    }

    /// The single input of 8-bit pixels and the single output of float32 numbers, with their names and sizes; nil for
    /// another network. Variable sizes are nil.
    package var classifierEnds: (input: (name: String, sizes: [Int?]), output: (name: String, sizes: [Int?]))? {
        let fixed = Set(initializers.map(\.name))
        guard let pixelSizes, let input = inputs.first(where: { !fixed.contains($0.name) }), outputs.count == 1,
            outputs[0].type == 1, let sizes = outputs[0].sizes
        else { return nil }
        return ((input.name, pixelSizes), (outputs[0].name, sizes))
    }

    /// The external files that contain the model's data, without duplicates, in order. Call it only after
    /// `check(path:)`.
    public func externalFiles(path: String) -> [String] {
        let tensors = initializers + nodes.flatMap { $0.attributes.flatMap(\.tensors) }
        return Set(tensors.compactMap(\.external).map { Self.place(of: $0, path) }).sorted()
    }

    private static func place(of data: External, _ path: String) -> String { folder(of: path) + "/" + data.location }

    private static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

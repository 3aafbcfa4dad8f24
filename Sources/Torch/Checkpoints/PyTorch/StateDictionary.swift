/// The names and tensors in the value that a PyTorch file holds.
struct StateDictionary {
    /// In the file's order; `tensor` is a place in `PickleHeap.tensors`.
    private(set) var tensors: [(name: String, tensor: Int)] = []
    /// Single numbers, truth values and texts beside the tensors (`epoch`).
    private(set) var metadata: [String: String] = [:]
    /// What `state_dict()` notes for each module that has a version.
    private(set) var moduleVersions: [(module: String, version: Int)] = []

    /// - Parameter stateKey: Where the tensors lie in a dictionary of dictionaries, `"state_dict"`.
    init(_ root: PickleValue, in heap: PickleHeap, stateKey: String?) throws(CheckpointFault) {
        guard case .dictionary(let top) = root else {
            throw CheckpointFault(
                .unsupported, "it holds \(root.kind), not a dictionary of names and tensors",
                advice: "save it again in Python with torch.save(model.state_dict(), file)")
        }
        var dictionary = top
        if let stateKey {
            guard case .dictionary(let chosen) = heap.value(of: stateKey, in: top) else {
                throw CheckpointFault(
                    .notFound, "it has no state under the key '\(stateKey)'",
                    advice: "its keys are \(Self.keys(of: top, in: heap))")
            }
            dictionary = chosen
        }
        var names: Set<ExactString> = []
        for (key, value) in heap.dictionaries[dictionary].items {
            guard let name = Self.text(key) else { continue }
            guard names.insert(ExactString(name)).inserted else {
                throw .damaged("it has the name '\(PickleGlobal.readable(name))' twice")
            }
            if case .tensor(let tensor) = value {
                tensors.append((name, tensor))
            } else if let text = Self.text(value) {
                metadata[name] = text
            }
        }
        guard !tensors.isEmpty || heap.dictionaries[dictionary].items.isEmpty else {
            throw CheckpointFault(
                .notFound, "it has no tensors\(stateKey.map { " under '\($0)'" } ?? " at its top")",
                advice: "its keys are \(Self.keys(of: dictionary, in: heap)): name the one that holds the state,"
                    + " or save model.state_dict() alone")
        }
        moduleVersions = Self.versions(heap.dictionaries[dictionary].attributes, in: heap)
    }

    private static func text(_ value: PickleValue) -> String? {
        switch value {
        case .string(let text): text
        case .integer(let number): String(number)
        case .float(let number): String(number)
        case .bool(let truth): truth ? "true" : "false"
        default: nil
        }
    }

    /// The first keys of a dictionary, with the number of tensors where there are some.
    private static func keys(of dictionary: Int, in heap: PickleHeap) -> String {
        let items = heap.dictionaries[dictionary].items
        let shown = items.prefix(12).map { key, value in
            let name = "'\(PickleGlobal.readable(text(key) ?? key.kind))'"
            guard case .dictionary(let inner) = value else { return name }
            let count = heap.dictionaries[inner].items.count { if case .tensor = $0.value { true } else { false } }
            return count == 0 ? name : "\(name) (\(count) tensors)"
        }
        return shown.joined(separator: ", ") + (items.count > shown.count ? ", …" : "")
    }

    /// `{"_metadata": {module: {"version": number}}}`, the attributes of a state dict.
    private static func versions(
        _ attributes: PickleValue, in heap: PickleHeap
    ) -> [(module: String, version: Int)] {
        guard case .dictionary(let attributes) = attributes,
            case .dictionary(let modules) = heap.value(of: "_metadata", in: attributes)
        else { return [] }
        return heap.dictionaries[modules].items.compactMap { key, value in
            guard case .string(let module) = key, case .dictionary(let fields) = value,
                case .integer(let version) = heap.value(of: "version", in: fields)
            else { return nil }
            return (module, version)
        }
    }
}

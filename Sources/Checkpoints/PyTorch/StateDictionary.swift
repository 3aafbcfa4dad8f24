internal import Platform

/// The names and tensors in the value that a PyTorch file holds.
struct StateDictionary {
    /// In the file's order; `tensor` is a place in `PickleHeap.tensors`.
    private(set) var tensors: [(name: String, tensor: Int)] = []
    /// Single numbers, truth values and texts beside the tensors (`epoch`).
    private(set) var metadata: [String: String] = [:]
    /// What `state_dict()` notes for each module that has a version.
    private(set) var moduleVersions: [(module: String, version: Int)] = []

    /// The key of the dictionary that was read, with points between those of several levels; nil for the file's own.
    private(set) var key: String?
    /// How the names begin that are asked for, without the last point; empty for all.
    private(set) var prefix = ""

    /// - Parameter stateKey: Where the tensors lie in a dictionary of dictionaries, `"state_dict"`; nil looks for the
    ///   only place that there is. What is no key of a dictionary is a prefix of names: `"state_dict.ema_model"`.
    init(_ root: PickleValue, in heap: PickleHeap, stateKey: String?) throws(CheckpointFault) {
        guard case .dictionary(let top) = root else {
            throw CheckpointFault(
                .unsupported, "it holds \(root.kind), not a dictionary of names and tensors",
                advice: "save it again in Python with torch.save(model.state_dict(), file)")
        }
        let search = StateSearch(heap)
        var dictionary = top
        if let stateKey, let chosen = search.dictionary(at: stateKey, in: top) {
            (dictionary, key, prefix) = (chosen.dictionary, chosen.key, chosen.prefix)
        } else if let stateKey {
            // A prefix of names in the only state there is, if there is such a one.
            let found = try? search.state(in: top)
            (dictionary, key, prefix) = (found?.dictionary ?? top, found?.key, stateKey)
            let isThere = heap.dictionaries[dictionary].items.contains { name, value in
                if case .tensor = value { return name.text?.hasPrefix(prefix + ".") ?? false }
                return false
            }
            guard isThere else {
                throw CheckpointFault(
                    .notFound, "it has no state under the key '\(stateKey.shown)'",
                    advice: "its keys are \(search.keys(of: top))")
            }
        } else if let found = try search.state(in: top) {
            (dictionary, key) = (found.dictionary, found.key)
        }
        var names: Set<ExactString> = []
        for (key, value) in heap.dictionaries[dictionary].items {
            guard let name = key.text else { continue }
            guard names.insert(ExactString(name)).inserted else {
                throw .damaged("it has the name '\(name.shown)' twice")
            }
            if case .tensor(let tensor) = value {
                tensors.append((name, tensor))
            } else if let text = value.text {
                metadata[name] = text
            }
        }
        guard !tensors.isEmpty || heap.dictionaries[dictionary].items.isEmpty else {
            throw CheckpointFault(
                .notFound, "it has no tensors\(stateKey.map { " under '\($0.shown)'" } ?? "")",
                advice: "its keys are \(search.keys(of: dictionary)): name the one that holds the state"
                    + " (`stateKey`), or save model.state_dict() alone")
        }
        moduleVersions = Self.versions(heap.dictionaries[dictionary].attributes, in: heap)
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

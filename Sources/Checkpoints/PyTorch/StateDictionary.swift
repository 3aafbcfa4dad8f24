internal import Platform

/// The names and tensors in the value of a PyTorch file.
struct StateDictionary {
    /// The entries in the file's order; `tensor` is an index in `PickleHeap.tensors`.
    private(set) var tensors: [(name: String, tensor: Int)] = []
    /// Numbers, Booleans and texts stored with the tensors (`epoch`).
    private(set) var metadata: [String: String] = [:]
    /// The version of each module in `state_dict()`, if it has one.
    private(set) var moduleVersions: [(module: String, version: Int)] = []

    /// The key of the dictionary that was read, with points between levels; nil for the top-level dictionary.
    private(set) var key: String?
    /// The requested prefix of the names, without the last point; empty for all.
    private(set) var prefix = ""

    /// - Parameter stateKey: The location of the tensors in nested dictionaries, such as `"state_dict"`. Nil finds the
    ///   only location. A part that is not a key of a dictionary is a prefix of names: `"state_dict.ema_model"`.
    init(_ root: PickleValue, in heap: PickleHeap, stateKey: String?) throws(CheckpointFault) {
        guard case .dictionary(let top) = root else {
            throw CheckpointFault(
                .unsupported, "it contains \(root.kind), not a dictionary of names and tensors",
                advice: "save it again in Python with torch.save(model.state_dict(), file)")
        }
        let search = StateSearch(heap)
        var dictionary = top
        if let stateKey, let chosen = search.dictionary(at: stateKey, in: top) {
            (dictionary, key, prefix) = (chosen.dictionary, chosen.key, chosen.prefix)
        } else if let stateKey {
            // A prefix of names in the only state, if there is exactly one.
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
                advice: "its keys are \(search.keys(of: dictionary)): choose the one that contains the state"
                    + " (`stateKey`), or save only model.state_dict()")
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

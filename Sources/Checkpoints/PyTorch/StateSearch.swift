internal import Platform

/// Finds the state dict in a training checkpoint: `{"epoch": 90, "state_dict": {…}, "optimizer": {…}}`.
struct StateSearch {
    /// A dictionary of names and tensors, and its path of keys separated by points.
    typealias State = (key: String, dictionary: Int, tensors: Int)

    /// The maximum depth of states.
    private static let maximumDepth = 4
    /// The maximum number of dictionaries to search. A training has a few; an optimizer has one for each parameter.
    private static let maximumDictionaries = 10_000

    private let heap: PickleHeap

    init(_ heap: PickleHeap) {
        self.heap = heap
    }

    /// The only dictionary of names and tensors within `top`; nil if it is `top` itself.
    ///
    /// Only the least deep ones count, because an optimizer's state for each parameter is deeper. `top` may also
    /// contain tensors, such as the best accuracy.
    ///
    /// - Throws: An error that lists the keys if there are several.
    func state(in top: Int) throws(CheckpointFault) -> State? {
        var level: [State] = [("", top, 0)]
        var seen: Set<Int> = [top]
        for depth in 0..<Self.maximumDepth {
            var children: [State] = []
            for (prefix, dictionary, _) in level {
                for (key, value) in heap.dictionaries[dictionary].items {
                    // An optimizer numbers its parameters. The extra state of a module belongs to it.
                    guard case .string(let name) = key, case .dictionary(let child) = value,
                        !name.hasSuffix("_extra_state"), seen.count < Self.maximumDictionaries,
                        seen.insert(child).inserted
                    else { continue }
                    // Keys that cannot be typed are of no use, and long ones would accumulate.
                    guard name.utf8.count <= 256 else { continue }
                    children.append((prefix.isEmpty ? name : "\(prefix).\(name)", child, tensors(in: child)))
                }
            }
            let states = children.filter { $0.tensors > 0 }
            if states.count == 1 { return states[0] }
            guard states.isEmpty else { throw ambiguity(states) }
            // Below the first level, only a file without its own tensors is searched.
            if depth == 0, tensors(in: top) > 0 { return nil }
            level = children
        }
        return nil
    }

    private func ambiguity(_ states: [State]) -> CheckpointFault {
        let shown = states.prefix(12).map { "'\($0.key.shown)' (\($0.tensors) tensors)" }
        return CheckpointFault(
            .notFound, "it contains \(states.count) state dicts",
            advice: "choose one (`stateKey`): \(shown.joined(separator: ", "))"
                + (states.count > shown.count ? ", …" : ""))
    }

    /// The dictionary at a path of keys separated by points; a key may itself contain points. The part after the last
    /// key of a dictionary is a prefix of names in it.
    ///
    /// - Returns: The dictionary and the prefix, which is empty if the whole path leads to a dictionary. Nil if the
    ///   first key does not lead to a dictionary.
    func dictionary(at path: String, in top: Int) -> (dictionary: Int, key: String, prefix: String)? {
        if case .dictionary(let dictionary) = heap.value(of: path, in: top) { return (dictionary, path, "") }
        var dictionary = top
        let keys = path.split(separator: ".", omittingEmptySubsequences: false)
        for (depth, key) in keys.enumerated() {
            guard case .dictionary(let next) = heap.value(of: String(key), in: dictionary) else {
                let (known, prefix) = (keys[..<depth].joined(separator: "."), keys[depth...].joined(separator: "."))
                return depth == 0 ? nil : (dictionary, known, prefix)
            }
            dictionary = next
        }
        return (dictionary, path, "")
    }

    /// The number of names in a dictionary with weight tensors; 0 for the few bytes of a generator's state.
    private func tensors(in dictionary: Int) -> Int {
        var count = 0
        var isOfWeights = false
        for (key, value) in heap.dictionaries[dictionary].items {
            guard case .string = key, case .tensor(let index) = value, let tensor = heap.tensors[index] else {
                continue
            }
            count += 1
            isOfWeights = isOfWeights || tensor.dtype != .uint8
        }
        return isOfWeights ? count : 0
    }

    /// The first keys of a dictionary, with the number of tensors, if any.
    func keys(of dictionary: Int) -> String {
        let items = heap.dictionaries[dictionary].items
        let shown = items.prefix(12).map { key, value in
            let name = "'\(key.text ?? key.kind.shown)'"
            guard case .dictionary(let inner) = value else { return name }
            let count = heap.dictionaries[inner].items.count { if case .tensor = $0.value { true } else { false } }
            return count == 0 ? name : "\(name) (\(count) tensors)"
        }
        return shown.joined(separator: ", ") + (items.count > shown.count ? ", …" : "")
    }
}

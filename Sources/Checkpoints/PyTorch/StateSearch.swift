internal import Platform

/// Finds the state dict in what a training saved: `{"epoch": 90, "state_dict": {…}, "optimizer": {…}}`.
struct StateSearch {
    /// A dictionary of names and tensors, and the keys that lead to it, with points between.
    typealias State = (key: String, dictionary: Int, tensors: Int)

    /// How deep states lie at most.
    private static let maximumDepth = 4
    /// How many dictionaries are looked at: a training has a few, an optimiser one for each parameter.
    private static let maximumDictionaries = 10_000

    private let heap: PickleHeap

    init(_ heap: PickleHeap) {
        self.heap = heap
    }

    /// The only dictionary of names and tensors within `top`; nil where `top` itself is the one.
    ///
    /// Those that lie least deep count: what an optimiser keeps for each parameter lies deeper. `top` may hold tensors
    /// too, such as the best accuracy.
    ///
    /// - Throws: an error that lists the keys where there are several.
    func state(in top: Int) throws(CheckpointFault) -> State? {
        var level: [State] = [("", top, 0)]
        var seen: Set<Int> = [top]
        for depth in 0..<Self.maximumDepth {
            var children: [State] = []
            for (prefix, dictionary, _) in level {
                for (key, value) in heap.dictionaries[dictionary].items {
                    // An optimiser numbers its parameters. What a module keeps as extra state belongs to it.
                    guard case .string(let name) = key, case .dictionary(let child) = value,
                        !name.hasSuffix("_extra_state"), seen.count < Self.maximumDictionaries,
                        seen.insert(child).inserted
                    else { continue }
                    // Keys that no one could type are of no use, and long ones would pile up.
                    guard name.utf8.count <= 256 else { continue }
                    children.append((prefix.isEmpty ? name : "\(prefix).\(name)", child, tensors(in: child)))
                }
            }
            let states = children.filter { $0.tensors > 0 }
            if states.count == 1 { return states[0] }
            guard states.isEmpty else { throw ambiguity(states) }
            // Below the first level only a file without tensors of its own is searched.
            if depth == 0, tensors(in: top) > 0 { return nil }
            level = children
        }
        return nil
    }

    private func ambiguity(_ states: [State]) -> CheckpointFault {
        let shown = states.prefix(12).map { "'\($0.key.shown)' (\($0.tensors) tensors)" }
        return CheckpointFault(
            .notFound, "it holds \(states.count) state dicts",
            advice: "choose one (`stateKey`): \(shown.joined(separator: ", "))"
                + (states.count > shown.count ? ", …" : ""))
    }

    /// The dictionary under a key, or under several with points between; a key may itself have points. What follows the
    /// last key that names a dictionary is a prefix of names in it.
    ///
    /// - Returns: the dictionary, and the prefix, which is empty where the whole path names a dictionary. Nil where not
    ///   even the first key names one.
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

    /// How many names of a dictionary stand for tensors of weights; 0 for a few bytes of a generator's state.
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

    /// The first keys of a dictionary, with the number of tensors where there are some.
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

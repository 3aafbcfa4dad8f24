/// The inputs, outputs and attributes of an operator in an operator set.
struct ONNXSchema {
    /// An input or output.
    enum Parameter: Character {
        case required = "r"
        case optional = "o"
        /// Any number of inputs or outputs, at the end.
        case variadic = "v"
    }

    let since: Int
    let inputs: [Parameter]
    let leastInputs: Int
    let outputs: [Parameter]
    let leastOutputs: Int
    let attributes: [String: (kind: ONNXFile.Attribute.Kind, isRequired: Bool)]

    /// The operator's schema in an operator set; nil if the set does not have the operator.
    static func find(_ type: String, operatorSet: Int) -> ONNXSchema? {
        all[type]?.last { $0.since <= operatorSet }
    }

    private static let all: [String: [ONNXSchema]] = {
        var table: [String: [ONNXSchema]] = [:]
        for line in ONNXOperatorTable.text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count >= 6, let schema = ONNXSchema(words.dropFirst()) else { continue }
            table[String(words[0]), default: []].append(schema)
        }
        return table
    }()

    private init?(_ words: ArraySlice<Substring>) {
        let words = Array(words)
        guard let since = Int(words[0]), let leastInputs = Int(words[2]), let leastOutputs = Int(words[4]) else {
            return nil
        }
        (self.since, self.leastInputs, self.leastOutputs) = (since, leastInputs, leastOutputs)
        inputs = words[1].compactMap(Parameter.init)
        outputs = words[3].compactMap(Parameter.init)
        var attributes: [String: (kind: ONNXFile.Attribute.Kind, isRequired: Bool)] = [:]
        for word in words[5...] {
            let parts = word.split(separator: ":")
            guard parts.count == 2, let letter = parts[1].first, let kind = ONNXFile.Attribute.Kind(rawValue: letter)
            else { return nil }
            attributes[String(parts[0])] = (kind, parts[1].last == "!")
        }
        self.attributes = attributes
    }
}

extension ONNXSchema {
    /// Returns a description of a wrong number of inputs or outputs, or of a missing one; nil if they are valid.
    static func fault(_ names: [String], _ parameters: [Parameter], least: Int, _ what: String) -> String? {
        // Empty ones at the end are omitted.
        let count = names.lastIndex { !$0.isEmpty }.map { $0 + 1 } ?? 0
        let most = parameters.last == .variadic ? Int.max : parameters.count
        guard count >= least else { return "it has \(count) \(what), but needs at least \(least)" }
        guard count <= most else { return "it has \(count) \(what), but at most \(most) are allowed" }
        for (place, name) in names[..<count].enumerated() where name.isEmpty {
            guard place < parameters.count, parameters[place] == .optional else {
                return "one of its \(what) is missing, at position \(place + 1)"
            }
        }
        return nil
    }
}

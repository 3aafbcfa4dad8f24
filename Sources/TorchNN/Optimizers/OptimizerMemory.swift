internal import Torch

/// What an optimizer keeps beside each parameter, under PyTorch's names.
struct OptimizerMemory {
    /// One of the things kept.
    struct Field: Sendable {
        let name: String
        /// The field's first value for a parameter.
        let make: @Sendable (Tensor) throws -> Tensor

        /// A tensor like the parameter, of one value at first.
        static func like(_ name: String, value: Double = 0) -> Field {
            Field(name: name) { parameter in
                let tensor = try parameter.detach().zerosLike()
                if value != 0 { try tensor.fill(value) }
                return tensor
            }
        }

        /// How many steps the parameter has taken, a float32 scalar where the operators want it: beside the parameter.
        static let step = Field(name: "step") { try Tensor.zeros([], device: $0.device) }
        /// The same where it is read by us.
        static let stepOnCPU = Field(name: "step") { _ in try Tensor.zeros([], device: .cpu) }
    }

    private var tensors: [ObjectIdentifier: [String: Tensor]] = [:]

    /// Whether the parameter has taken a step.
    func knows(_ parameter: Tensor) -> Bool { tensors[ObjectIdentifier(parameter)] != nil }

    /// The field of each of the parameters, with its first value where there is none yet.
    mutating func values(of field: Field, for parameters: [Tensor]) throws -> [Tensor] {
        try parameters.map { parameter in
            let key = ObjectIdentifier(parameter)
            if let tensor = tensors[key]?[field.name] { return tensor }
            let tensor = try field.make(parameter)
            tensors[key, default: [:]][field.name] = tensor
            return tensor
        }
    }

    /// All that is kept: parameters in the groups' order, `fields` in theirs.
    func state(of groups: [ParameterGroup], fields: [Field]) -> StateDict {
        var state = StateDict()
        for (index, parameter) in groups.flatMap(\.parameters).enumerated() {
            for field in fields {
                if let tensor = tensors[ObjectIdentifier(parameter)]?[field.name] {
                    state["\(index).\(field.name)"] = tensor
                }
            }
        }
        return state
    }

    /// Takes over a copy of `state`, in which each parameter has all `fields` or none, and perhaps `optional` ones.
    ///
    /// - Throws: `OptimizerStateError` before anything is changed.
    mutating func load(
        _ state: StateDict, for groups: [ParameterGroup], fields: [Field], optional: [Field] = []
    ) throws {
        let parameters = groups.flatMap(\.parameters)
        var found: [Int: [String: Tensor]] = [:]
        var problems: [String] = []
        for (name, tensor) in state {
            let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
            guard parts.count == 2, let index = Int(parts[0]), index >= 0 else {
                problems.append("'\(name)' is no parameter's number with a field")
                continue
            }
            if !(fields + optional).contains(where: { $0.name == parts[1] }) {
                let known = (fields + optional).map(\.name).joined(separator: ", ")
                problems.append("'\(name)' is not kept here (\(known.isEmpty ? "nothing is" : known))")
            } else if index >= parameters.count {
                problems.append("'\(name)' is one too many: there are \(parameters.count) parameters")
            } else if found[index, default: [:]].updateValue(tensor, forKey: parts[1]) != nil {
                problems.append("'\(name)' is there twice")
            }
        }
        var loaded: [ObjectIdentifier: [String: Tensor]] = [:]
        try withoutGradient {
            for (index, values) in found.sorted(by: { $0.key < $1.key }) {
                var tensors: [String: Tensor] = [:]
                for field in fields + optional {
                    guard let source = values[field.name] else {
                        if fields.contains(where: { $0.name == field.name }) {
                            problems.append("'\(index).\(field.name)' is missing")
                        }
                        continue
                    }
                    let target = try field.make(parameters[index])
                    if source.shape == target.shape {
                        tensors[field.name] = try target.copy(from: source)
                    } else {
                        problems.append("'\(index).\(field.name)' is \(source.shape), not \(target.shape)")
                    }
                }
                loaded[ObjectIdentifier(parameters[index])] = tensors
            }
        }
        guard problems.isEmpty else { throw OptimizerStateError(problems: problems) }
        tensors = loaded
    }
}

/// A saved state that is not this optimizer's, or not one for these parameters: all that is wrong with it, in one error.
public struct OptimizerStateError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What does not fit, entry by entry.
    public let problems: [String]

    /// One line with the first few problems.
    public var description: String {
        let shown = problems.prefix(6).joined(separator: ", ")
        let more = problems.count > 6 ? " and \(problems.count - 6) more" : ""
        return
            "the saved state does not fit the optimizer: \(shown)\(more); it must come from an optimizer of the same "
            + "kind and settings, for the same parameters in the same groups"
    }
}

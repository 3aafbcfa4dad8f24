internal import Torch

/// The state that an optimizer keeps for each parameter, with PyTorch's names.
struct OptimizerMemory {
    /// One field of the state.
    struct Field: Sendable {
        let name: String
        /// The initial value of the field for a parameter.
        let make: @Sendable (Tensor) throws -> Tensor

        /// A tensor with the parameter's shape, initially filled with one value.
        static func like(_ name: String, value: Double = 0) -> Field {
            Field(name: name) { parameter in
                let tensor = try parameter.detach().zerosLike()
                if value != 0 { try tensor.fill(value) }
                return tensor
            }
        }

        /// The number of steps of the parameter, a float32 scalar on the parameter's device, as the operators expect.
        static let step = Field(name: "step") { try Tensor.zeros([], device: $0.device) }
        /// The number of steps on the CPU, where it is read.
        static let stepOnCPU = Field(name: "step") { _ in try Tensor.zeros([], device: .cpu) }
    }

    private var tensors: [ObjectIdentifier: [String: Tensor]] = [:]

    /// Whether the parameter has taken a step.
    func knows(_ parameter: Tensor) -> Bool { tensors[ObjectIdentifier(parameter)] != nil }

    /// Returns the field of each parameter, creating missing ones with their initial value.
    mutating func values(of field: Field, for parameters: [Tensor]) throws -> [Tensor] {
        try parameters.map { parameter in
            let key = ObjectIdentifier(parameter)
            if let tensor = tensors[key]?[field.name] { return tensor }
            let tensor = try field.make(parameter)
            tensors[key, default: [:]][field.name] = tensor
            return tensor
        }
    }

    /// The whole state: parameters in the groups' order, `fields` in theirs.
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

    /// Restores a copy of `state`, in which each parameter has all `fields` or none, and possibly `optional` ones.
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
                problems.append("'\(name)' is not the index of a parameter and a field")
                continue
            }
            if !(fields + optional).contains(where: { $0.name == parts[1] }) {
                let known = (fields + optional).map(\.name).joined(separator: ", ")
                problems.append("'\(name)' is not in this optimizer's state (\(known.isEmpty ? "it is empty" : known))")
            } else if index >= parameters.count {
                problems.append("'\(name)' is out of range: there are \(parameters.count) parameters")
            } else if found[index, default: [:]].updateValue(tensor, forKey: parts[1]) != nil {
                problems.append("'\(name)' occurs twice")
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

/// A saved state of another optimizer or for other parameters. The error lists all problems.
public struct OptimizerStateError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The problems, entry by entry.
    public let problems: [String]

    /// One line with the first problems.
    public var description: String {
        let shown = problems.prefix(6).joined(separator: ", ")
        let more = problems.count > 6 ? " and \(problems.count - 6) more" : ""
        return
            "the saved state does not match the optimizer: \(shown)\(more); it must come from an optimizer of the same "
            + "kind and settings, for the same parameters in the same groups"
    }
}

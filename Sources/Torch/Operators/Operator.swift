internal import CTorch

/// A LibTorch operator by its name in the dispatcher: `Operator("aten::conv2d")`, `Operator("aten::add.Tensor")`.
///
/// All computations go through `invoke`, so error reports and observers have one place. Arguments are in the order of
/// the operator's schema. Arguments omitted at the end, and `DefaultArgument()` elsewhere, take the schema's defaults.
public struct Operator: Sendable {
    /// The name with its overload, as the dispatcher knows it.
    public let name: String
    private let entry: Result<Entry, TorchError>

    /// An entry of the dispatcher's table, which exists as long as the process.
    private struct Entry: @unchecked Sendable {
        let handle: ctorch_operator
    }

    /// Looks up the operator. The first call reports an unknown name.
    public init(_ name: String) {
        self.name = name
        let parts = name.split(separator: ".", maxSplits: 1)
        let base = parts.first.map(String.init) ?? name
        var handle: ctorch_operator?
        let status = ctorch_operator_find(base, parts.count > 1 ? String(parts[1]) : "", &handle)
        if let handle, status == CTORCH_OK {
            entry = .success(Entry(handle: handle))
        } else {
            entry = .failure(
                TorchError(code: .invalidArgument, message: String(cString: ctorch_error_message()), operatorName: name)
            )
        }
    }

    /// Calls the operator and returns its tensor.
    ///
    /// - Throws: `TorchError` with the operator and the shapes of its arguments.
    public func callAsFunction<each Argument: OperatorArgument>(_ argument: repeat each Argument) throws -> Tensor {
        let stack = try invoke(repeat each argument)
        return try stack.tensor(at: 0)
    }

    /// Calls the operator and returns several tensors, including those of a list.
    ///
    /// - Throws: `TorchError` with the operator and the shapes of its arguments.
    public func tensors<each Argument: OperatorArgument>(_ argument: repeat each Argument) throws -> [Tensor] {
        let stack = try invoke(repeat each argument)
        return try (0..<stack.resultCount).map { try stack.tensor(at: $0) }
    }

    /// Calls the operator and returns values and their indices, as for `max` along a dimension.
    func pair<each Argument: OperatorArgument>(
        _ argument: repeat each Argument
    ) throws -> (values: Tensor, indices: Tensor) {
        let stack = try invoke(repeat each argument)
        return (try stack.tensor(at: 0), try stack.tensor(at: 1))
    }

    /// Calls an operator that changes its arguments, such as an in-place operator.
    ///
    /// - Throws: `TorchError` with the operator and the shapes of its arguments.
    public func run<each Argument: OperatorArgument>(_ argument: repeat each Argument) throws {
        _ = try invoke(repeat each argument)
    }

    /// Calls the operator and returns a number.
    ///
    /// - Throws: `TorchError` with the operator and the shapes of its arguments.
    public func number<each Argument: OperatorArgument>(_ argument: repeat each Argument) throws -> Double {
        let stack = try invoke(repeat each argument)
        return try stack.double(at: 0)
    }

    /// The single entry point to the dispatcher.
    private func invoke<each Argument: OperatorArgument>(_ argument: repeat each Argument) throws -> ArgumentStack {
        let entry = try entry.get()
        let stack = ArgumentStack(of: name)
        repeat (each argument).push(onto: stack)
        let status = ctorch_call(entry.handle, stack.handle)
        guard status == CTORCH_OK else {
            var texts: [String] = []
            repeat texts.append((each argument).summary)
            try check(status, in: name, arguments: texts)
            return stack
        }
        if let observation = Observation.current {
            var arguments: [OperatorValue] = []
            repeat arguments.append((each argument).operatorValue)
            try observation.see(OperatorCall(name: name, arguments: arguments, results: stack.tensors))
        }
        return stack
    }
}

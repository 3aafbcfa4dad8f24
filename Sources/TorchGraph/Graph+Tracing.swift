public import Checkpoints
internal import Torch
public import TorchNN

extension Graph {
    /// Records a module's forward pass.
    ///
    /// The pass runs twice, for one image and for two, to find the sizes that depend on the batch. A module on `.meta`
    /// is recorded without computation; its graph can be inspected but not written or run. Decisions that a network
    /// makes by tensor values are fixed as in that pass.
    ///
    /// - Parameters:
    ///   - module: The module, usually in evaluation mode.
    ///   - inputShape: The shape of one image: `[3, 224, 224]`.
    ///   - dtype: The type of the input.
    /// - Throws: An error of the module; `GraphError` if the two passes differ in more than sizes.
    public init(tracing module: any Module, inputShape: [Int], dtype: DType = .float32) throws {
        let names = Dictionary(
            module.namedModules.map { (ObjectIdentifier($0.module), $0.name) }, uniquingKeysWith: { first, _ in first })
        let parameters = module.stateDict
        let device = parameters.first?.tensor.device ?? .forNewTensors
        func pass(batch: Int, keepsResults: Bool) throws -> Recording {
            try withInferenceMode {
                let input = try Tensor.zeros([batch] + inputShape, dtype: dtype, device: device)
                return try Recording(of: module, input: input, names: names, keepsResults: keepsResults)
            }
        }
        let one = try pass(batch: 1, keepsResults: true)
        let two = try pass(batch: 2, keepsResults: false)
        var builder = GraphBuilder(parameters: parameters)
        try builder.build(one, two)
        self = builder.graph
    }
}

/// A module that cannot be traced.
public struct GraphError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The reason and the place.
    public let description: String

    /// Creates an error with a message.
    public init(_ description: String) { self.description = description }
}

/// The calls of one forward pass.
struct Recording {
    struct Call {
        let operatorName: String
        let arguments: [OperatorValue]
        /// The tensors of the pass, kept so that no later tensor reuses an address. A pass that only records sizes
        /// releases them.
        let results: [Tensor]
        let resultShapes: [[Int]]
        let module: String
    }

    /// A module that was entered, and its result.
    struct Visit {
        let module: String
        var result: Tensor?
    }

    private(set) var calls: [Call] = []
    private(set) var visits: [Visit] = []
    let input: Tensor
    let output: Tensor

    init(of module: any Module, input: Tensor, names: [ObjectIdentifier: String], keepsResults: Bool) throws {
        var calls: [Call] = []
        var visits: [Visit] = []
        var path: [(module: String, visit: Int?)] = []
        self.input = input
        output = try withOperatorObserver { call in
            calls.append(
                Call(
                    operatorName: call.name,
                    arguments: keepsResults ? call.arguments : call.arguments.map(\.withoutTensors),
                    results: keepsResults ? call.results : [], resultShapes: call.results.map(\.shape),
                    module: path.last?.module ?? ""))
        } scope: { event in
            switch event {
            case .entered(let object):
                // A module created during the pass has no name; its calls are attributed to its caller.
                guard let module = names[ObjectIdentifier(object)] else {
                    return path.append((path.last?.module ?? "", nil))
                }
                path.append((module, visits.count))
                visits.append(Visit(module: module))
            case .left(let result):
                if let visit = path.removeLast().visit, keepsResults { visits[visit].result = result }
            }
        } _: {
            try module(input)
        }
        (self.calls, self.visits) = (calls, visits)
    }
}

extension OperatorValue {
    /// The value, with a placeholder for tensors.
    fileprivate var withoutTensors: OperatorValue {
        switch self {
        case .tensor, .tensors: .none
        default: self
        }
    }
}

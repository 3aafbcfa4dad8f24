public import Checkpoints
public import Torch
public import TorchNN

extension Graph {
    /// Records a module's forward pass.
    ///
    /// The pass is made twice, for one picture and for two, so that sizes that grow with the batch are told from those
    /// that do not. A module on `.meta` is recorded without computing anything, and its graph can be looked at but neither
    /// written nor run. What a network decides by the values of a tensor is fixed as it was in that pass.
    ///
    /// - Parameters:
    ///   - module: in evaluation mode, as a rule.
    ///   - inputShape: the shape of one picture: `[3, 224, 224]`.
    ///   - dtype: the type of the input.
    /// - Throws: what the module throws; `GraphError` where the two passes differ in more than sizes.
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

/// A module that can't be traced.
public struct GraphError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is in the way, and where.
    public let description: String

    /// Makes an error with a message.
    public init(_ description: String) { self.description = description }
}

/// The calls of one forward pass.
struct Recording {
    struct Call {
        let operatorName: String
        let arguments: [OperatorValue]
        /// Kept so that no later tensor has the address of one of them; in a pass for sizes alone they are let go of.
        let results: [Tensor]
        let resultShapes: [[Int]]
        let module: String
    }

    /// A module that was entered, and what it gave back.
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
                // A module that is made on the way has no name; what it calls, its caller calls.
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
    /// The value, or a mark in the place of tensors.
    fileprivate var withoutTensors: OperatorValue {
        switch self {
        case .tensor, .tensors: .none
        default: self
        }
    }
}

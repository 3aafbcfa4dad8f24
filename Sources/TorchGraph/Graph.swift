public import Checkpoints
public import Torch

/// One forward pass as a list of operators with their inputs and sizes. The batch size is free.
///
/// It contains the calls to LibTorch in order, at the level of public operators (`aten::conv2d`, `aten::batch_norm`),
/// without simplification. In-place operators appear as their functional counterparts.
public struct Graph {
    /// The inputs, which change from pass to pass, in the order of the module's arguments.
    public internal(set) var inputs: [Value] = []
    /// The outputs.
    public internal(set) var outputs: [Value] = []
    /// The operators in call order.
    public internal(set) var nodes: [Node] = []
    /// The name, type and shape of each value, by the value's index.
    public internal(set) var values: [ValueDescription] = []
    /// The constant tensors: parameters and buffers, named as in the state dict, and constants of the code.
    public internal(set) var constants: [Value: Tensor] = [:]
    /// The result of each module in call order. A module that was called twice occurs twice.
    public internal(set) var moduleOutputs: [ModuleOutput] = []

    /// A tensor of the graph.
    public struct Value: Hashable, Sendable {
        /// The index in `values`.
        public let index: Int
    }

    /// The properties of a value.
    public struct ValueDescription: Sendable, Equatable {
        /// The key of the state dict for parameters and buffers; otherwise a unique name in the graph.
        public let name: String
        /// The type of the elements.
        public let dtype: DType
        /// The size of each dimension.
        public let shape: [Extent]
    }

    /// A size that may depend on the batch: `perImage * N + constant`.
    public struct Extent: Hashable, Sendable, CustomStringConvertible {
        /// The increase for each image.
        public let perImage: Int
        /// The part that does not depend on the batch.
        public let constant: Int

        /// Creates a size. By default it does not depend on the batch.
        public init(_ constant: Int, perImage: Int = 0) {
            self.constant = constant
            self.perImage = perImage
        }

        /// The size for a batch with this number of images.
        public func size(batch: Int) -> Int { perImage * batch + constant }

        /// `N`, `3`, `49N`, `2N+1`.
        public var description: String {
            guard perImage != 0 else { return "\(constant)" }
            let variable = perImage == 1 ? "N" : "\(perImage)N"
            return constant == 0 ? variable : "\(variable)\(constant < 0 ? "" : "+")\(constant)"
        }
    }

    /// A call of an operator.
    public struct Node: Sendable, Equatable {
        /// The operator without its namespace and overload: `conv2d`, `add`, `batch_norm`.
        public let name: String
        /// The operator's name in the dispatcher: `aten::add.Tensor`.
        public let qualifiedName: String
        /// The arguments in the order of the operator's schema. Arguments omitted at the end have the schema's
        /// defaults.
        public let arguments: [Argument]
        /// The results.
        public let outputs: [Value]
        /// The module that called the operator, by its path in the network: `layer1.0.conv1`; empty for the network
        /// itself.
        public let module: String
    }

    /// The result of a module.
    public struct ModuleOutput: Sendable, Equatable {
        /// The module by its path in the network: `layer1.0.conv1`; empty for the network itself.
        public let module: String
        /// Its result.
        public let value: Value
    }

    /// An argument of an operator.
    public enum Argument: Hashable, Sendable {
        case value(Value)
        /// A list of tensors.
        case values([Value?])
        case int(Extent)
        case ints([Extent])
        case double(Double)
        case doubles([Double])
        case bool(Bool)
        case bools([Bool])
        case string(String)
        case dtype(DType)
        /// A device or a memory format, which does not affect values.
        case layout(String)
        /// No value.
        case none
        /// The schema's default.
        case `default`
    }

    /// The name, type and shape of a value.
    public subscript(value: Value) -> ValueDescription { values[value.index] }
}

public import Checkpoints
public import Torch

/// One forward pass as a list of operators: what was computed, from what, with which sizes. The batch size is free.
///
/// It is what LibTorch was asked for, in order, at the level of its public operators (`aten::conv2d`,
/// `aten::batch_norm`); nothing is simplified. In-place operators appear as their functional twins.
public struct Graph {
    /// The tensors that stand for what changes from pass to pass, in the order of the module's arguments.
    public internal(set) var inputs: [Value] = []
    /// The results.
    public internal(set) var outputs: [Value] = []
    /// The operators in the order in which they were called.
    public internal(set) var nodes: [Node] = []
    /// Name, type and shape of each value, by the value's number.
    public internal(set) var values: [ValueDescription] = []
    /// The tensors that do not change: parameters and buffers, named as in the state dict, and constants of the code.
    public internal(set) var constants: [Value: Tensor] = [:]
    /// What each module gave back, in the order in which they were called; one that was called twice is there twice.
    public internal(set) var moduleOutputs: [ModuleOutput] = []

    /// A tensor of the graph.
    public struct Value: Hashable, Sendable {
        /// Its place in `values`.
        public let index: Int
    }

    /// What is known of a value.
    public struct ValueDescription: Sendable, Equatable {
        /// The key of the state dict for parameters and buffers; else a name of its own within the graph.
        public let name: String
        /// The type of the elements.
        public let dtype: DType
        /// The size of each dimension.
        public let shape: [Extent]
    }

    /// A size that may grow with the batch: `perPicture * N + constant`.
    public struct Extent: Hashable, Sendable, CustomStringConvertible {
        /// How much a picture more adds.
        public let perPicture: Int
        /// What does not depend on the batch.
        public let constant: Int

        /// Makes a size; by default one that does not depend on the batch.
        public init(_ constant: Int, perPicture: Int = 0) {
            self.constant = constant
            self.perPicture = perPicture
        }

        /// The size for a batch of so many pictures.
        public func size(batch: Int) -> Int { perPicture * batch + constant }

        /// `N`, `3`, `49N`, `2N+1`.
        public var description: String {
            guard perPicture != 0 else { return "\(constant)" }
            let variable = perPicture == 1 ? "N" : "\(perPicture)N"
            return constant == 0 ? variable : "\(variable)\(constant < 0 ? "" : "+")\(constant)"
        }
    }

    /// An operator that was called.
    public struct Node: Sendable, Equatable {
        /// The operator without its namespace and overload: `conv2d`, `add`, `batch_norm`.
        public let name: String
        /// The operator as the dispatcher knows it: `aten::add.Tensor`.
        public let qualifiedName: String
        /// The arguments in the order of the operator's schema; those left out at the end have the schema's defaults.
        public let arguments: [Argument]
        /// The results.
        public let outputs: [Value]
        /// The module that called it, by its path in the network: `layer1.0.conv1`; empty for the network itself.
        public let module: String
    }

    /// What a module gave back.
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
        /// A device or a memory format, which change no number.
        case layout(String)
        /// No value.
        case none
        /// The schema's default.
        case `default`
    }

    /// Name, type and shape of a value.
    public subscript(value: Value) -> ValueDescription { values[value.index] }
}

public import Torch

/// Modules in sequence, named `0`, `1`, … as in PyTorch's `nn.Sequential`, or with given names.
public final class Sequential: ModuleContainer {
    /// The modules in order, with their names.
    public private(set) var namedChildren: [(name: String, module: any Module)]

    /// Creates a sequence, named by position.
    public init(_ modules: [any Module]) {
        namedChildren = modules.enumerated().map { (String($0.offset), $0.element) }
    }

    /// Creates a sequence, named by position.
    public convenience init(_ modules: any Module...) {
        self.init(modules)
    }

    /// Creates a sequence with names, as PyTorch does from an `OrderedDict`.
    public init(named children: [(name: String, module: any Module)]) {
        namedChildren = children
    }

    /// The number of modules.
    public var count: Int { namedChildren.count }

    /// The module at a position. Setting it keeps the name.
    public subscript(_ index: Int) -> any Module {
        get { namedChildren[index].module }
        set { namedChildren[index].module = newValue }
    }

    /// Passes the input through some of the modules.
    public func callAsFunction(_ input: Tensor, through range: Range<Int>) throws -> Tensor {
        try withinScope(of: self) { try namedChildren[range].reduce(input) { value, child in try child.module(value) } }
    }

    /// Passes the input through all modules.
    public func forward(_ input: Tensor) throws -> Tensor {
        try namedChildren.reduce(input) { value, child in try child.module(value) }
    }
}

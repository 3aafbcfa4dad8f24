internal import Torch
internal import TorchNN

/// Hidden layers and a last one, named by position as in PyTorch's `nn.Sequential`. A custom head replaces them all.
final class ClassifierHead: ModuleContainer {
    private var layers: [any Module]
    /// The start of the head: the dropout before the last layer, if there is one.
    private let headStart: Int
    private var own: (any Module)?
    /// The number of input features of the first layer.
    let inputs: Int

    /// Creates a classifier of layers, the last of which is linear, for `inputs` features.
    init(inputs: Int, _ layers: any Module...) {
        precondition(layers.last is Linear, "the last layer must be linear")
        self.inputs = inputs
        self.layers = layers
        headStart = layers.dropLast().last is Dropout ? layers.count - 2 : layers.count - 1
    }

    var namedChildren: [(name: String, module: any Module)] {
        own.map { [("", $0)] } ?? layers.enumerated().map { (String($0.offset), $0.element) }
    }

    /// The layers before the head; empty for a custom head.
    func extractFeatures(_ input: Tensor) throws -> Tensor {
        try withinScope(of: self) { own == nil ? try layers[..<headStart].reduce(input) { try $1($0) } : input }
    }

    /// The head.
    func classify(_ features: Tensor) throws -> Tensor {
        try withinScope(of: self) { try own?(features) ?? layers[headStart...].reduce(features) { try $1($0) } }
    }

    func forward(_ input: Tensor) throws -> Tensor { try classify(extractFeatures(input)) }

    /// The linear layers as stages, the head last. `name` is the name of the classifier.
    func stages(_ name: String = "classifier") -> [Stage] {
        if let own { return [Stage(name, own)] }
        return layers.enumerated().filter { $0.element is Linear }.map { Stage("\(name).\($0.offset)", $0.element) }
    }

    /// Replaces the last layer with a new one.
    func replaceLastLayer(classes: Int) throws {
        let last = layers.count - 1
        if let linear = layers[last] as? Linear { layers[last] = try Linear(linear.inputs, classes) }
    }

    /// Replaces all layers with a custom head.
    func putHead(_ module: any Module) { own = module }
}

internal import Torch
internal import TorchNN

/// Hidden layers and a last one, named by position as in PyTorch's `nn.Sequential`. A head of one's own takes the place
/// of them all.
final class ClassifierHead: ModuleContainer {
    private var layers: [any Module]
    /// Where the head begins: at the dropout before the last layer, if there is one.
    private let headStart: Int
    private var own: (any Module)?
    /// The number of features that reach the first layer.
    let inputs: Int

    /// Makes a classifier of layers whose last is linear, with features of pictures for `inputs`.
    init(inputs: Int, _ layers: any Module...) {
        precondition(layers.last is Linear, "the last layer gives the logits")
        self.inputs = inputs
        self.layers = layers
        headStart = layers.dropLast().last is Dropout ? layers.count - 2 : layers.count - 1
    }

    var namedChildren: [(name: String, module: any Module)] {
        own.map { [("", $0)] } ?? layers.enumerated().map { (String($0.offset), $0.element) }
    }

    /// The layers before the head; none where the head is one's own.
    func extractFeatures(_ input: Tensor) throws -> Tensor {
        try withinScope(of: self) { own == nil ? try layers[..<headStart].reduce(input) { try $1($0) } : input }
    }

    /// The head.
    func classify(_ features: Tensor) throws -> Tensor {
        try withinScope(of: self) { try own?(features) ?? layers[headStart...].reduce(features) { try $1($0) } }
    }

    func forward(_ input: Tensor) throws -> Tensor { try classify(extractFeatures(input)) }

    /// Each linear layer as a stage, the head last. `name` is the classifier's own.
    func stages(_ name: String = "classifier") -> [Stage] {
        if let own { return [Stage(name, own)] }
        return layers.enumerated().filter { $0.element is Linear }.map { Stage("\(name).\($0.offset)", $0.element) }
    }

    /// Puts a fresh last layer in place.
    func replaceLastLayer(classes: Int) throws {
        let last = layers.count - 1
        if let linear = layers[last] as? Linear { layers[last] = try Linear(linear.inputs, classes) }
    }

    /// Puts a head of one's own in place of all layers.
    func putHead(_ module: any Module) { own = module }
}

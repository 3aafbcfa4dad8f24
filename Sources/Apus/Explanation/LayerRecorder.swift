internal import Torch
internal import TorchNN

/// Sees what the layers of a network give while it runs, each under its name.
///
/// Results pass by as the network computes them. No layer of this library writes into its input, as PyTorch's in-place
/// activations do, so a result that is kept stays what it was, and gradients reach it.
final class LayerRecorder {
    /// What a layer gave.
    struct Output {
        let name: String
        let module: any Module
        let tensor: Tensor
        let layout: MapLayout
    }

    private var layers: [ObjectIdentifier: (name: String, module: any Module)] = [:]
    private var entered: [ObjectIdentifier] = []
    private var layouts = LayoutTracker()

    /// Knows the names of a network's modules. A part that bears its parent's name is its parent as far as names go.
    init(of network: any Module) {
        for (name, module) in network.namedModules where !name.isEmpty {
            let identifier = ObjectIdentifier(module)
            if layers[identifier] == nil { layers[identifier] = (name, module) }
        }
    }

    /// Runs `body`, which calls the network, and tells of each layer's result in the order in which they are done: those
    /// within a layer before the layer itself.
    func run<Result>(_ body: () throws -> Result, see: @escaping (Output) -> Void) rethrows -> Result {
        entered = []
        layouts = LayoutTracker()
        return try withOperatorObserver(
            { [self] in layouts.see($0) },
            scope: { [self] event in
                switch event {
                case .entered(let object): entered.append(ObjectIdentifier(object))
                case .left(let result):
                    guard let (name, module) = entered.popLast().flatMap({ layers[$0] }), let result else { return }
                    see(Output(name: name, module: module, tensor: result, layout: layouts.layout(of: result)))
                }
            }, body)
    }

    /// Runs `body`, which calls the network.
    ///
    /// - Returns: what it gives, and what the layer of that name gave at last; nil where it was not called.
    func run<Result>(keeping layer: String, _ body: () throws -> Result) rethrows -> (Result, Output?) {
        var kept: Output?
        let result = try run(body) { if $0.name == layer { kept = $0 } }
        return (result, kept)
    }
}

public import Classifier
public import Images
internal import Platform
internal import Torch
public import TorchNN

extension Architecture {
    /// A network of your own program.
    ///
    /// ```swift
    /// let animals = Architecture("animals", preprocessing: .imageNet(resizeShortSide: 300, cropSize: 256)) { classes in
    ///     try AnimalsCNN(classes: classes)
    /// }
    /// ```
    ///
    /// Any module will do, from normalised pictures `[N, 3, H, W]` to logits `[N, classes]`; it is trained as a whole.
    /// One that conforms to `ImageNetwork` tells its stages and features, so that parts of it can be frozen and its
    /// head replaced.
    ///
    /// - Parameters:
    ///   - name: what it is called in model files and reports.
    ///   - summary: what it is, in one line.
    ///   - preprocessing: how pictures are prepared for it.
    ///   - make: makes a fresh network.
    public init(
        _ name: String, summary: String = "", preprocessing: Preprocessing = .imageNet,
        make: @escaping @Sendable (_ classes: Int) throws -> any Module
    ) {
        self.init(name, summary: summary, parameterCount: 0, preprocessing: preprocessing) { options in
            let module = try make(options.classes)
            return module as? any ImageNetwork ?? PlainNetwork(module, make: make)
        }
        isOwn = true
    }

    /// The network that a text describes.
    public init(_ description: NetworkDescription) {
        self.init(
            description.name, summary: "a network of one's own", parameterCount: 0,
            preprocessing: description.preprocessing
        ) { options in
            try DescribedNetwork(description, classes: options.classes)
        }
        networkDescription = description
        isOwn = true
    }

    /// The network that a file describes; nil where there is no such file.
    init?(describedAt path: String) throws(ModelReferenceError) {
        do {
            // A name of a network is no path, whatever the working folder is like.
            let file = FilePath(path)
            let status = try path.contains("/") ? file.existingStatus() : file.status()
            guard status?.kind == .file else { return nil }
            self.init(try NetworkDescription(contentsOf: path))
        } catch {
            throw ModelReferenceError(
                code: .invalidDescription, name: path, suggestions: [], description: "\(error)")
        }
    }
}

/// A module that tells neither its stages nor its features, so it is trained as a whole.
final class PlainNetwork: ImageNetwork, ModuleContainer {
    private var module: any Module
    private let make: @Sendable (Int) throws -> any Module

    init(_ module: any Module, make: @escaping @Sendable (Int) throws -> any Module) {
        (self.module, self.make) = (module, make)
    }

    /// The module's names are the network's.
    var namedChildren: [(name: String, module: any Module)] { [("", module)] }

    func extractFeatures(_ input: Tensor) throws -> Tensor { input }

    func classify(_ features: Tensor) throws -> Tensor { try module(features) }

    var stages: [Stage] { [Stage("network", module)] }

    /// None: it takes no other head.
    let headInputs = 0

    /// Makes the module anew. What has the same shape for both numbers of classes is kept.
    func replaceLastLayer(classes: Int) throws {
        let other = try make(classes)
        try other.load(module.stateDict, isStrict: false)
        module = other
    }

    /// Puts a whole network in place: there is no part that could stay.
    func putHead(_ module: any Module) { self.module = module }
}

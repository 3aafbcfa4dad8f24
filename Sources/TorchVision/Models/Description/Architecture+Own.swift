public import Classifier
public import Images
internal import Platform
internal import Torch
public import TorchNN

extension Architecture {
    /// Creates an architecture from a network of your program.
    ///
    /// ```swift
    /// let animals = Architecture("animals", preprocessing: .imageNet(resizeShortSide: 300, cropSize: 256)) { classes
    /// in
    ///     try AnimalsCNN(classes: classes)
    /// }
    /// ```
    ///
    /// Any module from normalized images `[N, 3, H, W]` to logits `[N, classes]` can be used; it is trained as a whole.
    /// A module that conforms to `ImageNetwork` provides its stages and features, so that parts of it can be frozen and
    /// its head can be replaced.
    ///
    /// - Parameters:
    ///   - name: The name in model files and reports.
    ///   - summary: A one-line description.
    ///   - preprocessing: The preprocessing of images.
    ///   - make: Creates a new network.
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

    /// Creates an architecture from a text that describes a network.
    public init(_ description: NetworkDescription) {
        self.init(
            description.name, summary: "a custom network", parameterCount: 0,
            preprocessing: description.preprocessing
        ) { options in
            try DescribedNetwork(description, classes: options.classes)
        }
        networkDescription = description
        isOwn = true
    }

    /// The network that a file describes, or nil if there is no such file.
    init?(describedAt path: String) throws(ModelReferenceError) {
        do {
            // A network's name is not a path, whatever files the working folder contains.
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

/// A module without stages and features, which is trained as a whole.
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

    /// Not available: the head cannot be replaced.
    let headInputs = 0

    /// Creates the module again. Parameters whose shape does not depend on the number of classes are kept.
    func replaceLastLayer(classes: Int) throws {
        let other = try make(classes)
        try other.load(module.stateDict, isStrict: false)
        module = other
    }

    /// Replaces the whole network because it has no separate parts.
    func putHead(_ module: any Module) { self.module = module }
}

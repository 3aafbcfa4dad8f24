import Testing
import Torch
import TorchNN
import TorchTestSupport
import TorchVision

/// Heads for new classes, and trainable stages: the same in every family.
@TensorActor
@Suite("Heads and stages", .serialized) struct HeadAndStageTests {
    /// The smallest network of each family, and whether its last layer is a convolution with a map as input.
    nonisolated static let names = [
        "alexnet", "resnet18", "resnet50", "densenet121", "googlenet", "inception_v3", "mnasnet0_5", "mobilenet_v2",
        "mobilenet_v3_small", "shufflenet_v2_x0_5", "squeezenet1_1", "efficientnet_b0", "efficientnet_v2_s",
        "convnext_tiny", "regnet_x_400mf", "regnet_y_400mf", "vit_b_32", "swin_t", "swin_v2_t", "small_cnn",
    ]

    nonisolated static func makeNetwork(_ name: String, classes: Int) throws -> any ImageNetwork {
        try #require(Architecture.named(name)).makeNetwork(classes: classes)
    }

    /// Two images of the size that the network needs, or smaller ones if it accepts any size.
    static func images(_ name: String, count: Int = 2) throws -> Tensor {
        let fixed = ["vit_b_32": 224, "small_cnn": 256]
        let side = fixed[name] ?? 96
        return try Formula.tensor([count, 3, side, side])
    }

    static func identities(_ tensors: [Tensor]) -> [ObjectIdentifier] { tensors.map { ObjectIdentifier($0) } }

    static func outputs(of stage: Stage?) -> Int? { stage?.parameters.last?.shape.first }

    @Test("Every family is tested") func testedFamilies() {
        let families = Set(Architecture.all.map(\.family))
        #expect(Set(Self.names.compactMap { Architecture.named($0)?.family }) == families.subtracting(["VGG"]))
    }

    @Test("The head turns features into the logits", arguments: names) func featuresAndLogits(_ name: String) throws {
        let network = try Self.makeNetwork(name, classes: 5)
        network.eval()
        try withInferenceMode {
            let images = try Self.images(name)
            let logits = try network(images)
            #expect(logits.shape == [2, 5])
            try expectClose(network.classify(network.extractFeatures(images)), logits, within: 0)
        }
    }

    /// The strategy `frozen` trains everything after the features.
    @Test("The head contains all parameters after the features", arguments: names)
    func headParameters(_ name: String) throws {
        let network = try Self.makeNetwork(name, classes: 5)
        try network.trainLastStages(1)
        network.train()
        let head = Set(Self.identities(network.stages.last?.parameters ?? []))
        #expect(Set(Self.identities(network.trainableParameters)) == head)
        let features = try withoutGradient { try network.extractFeatures(Self.images(name)) }
        #expect(!features.requiresGradient)
        try network.classify(features).sum().backward()
        #expect(network.trainableParameters.allSatisfy { $0.gradient != nil })
    }

    @Test("A new last layer changes nothing else", arguments: names) func newLastLayer(_ name: String) throws {
        let network = try Self.makeNetwork(name, classes: 10)
        let before = network.stateDict
        try network.replaceHead(.lastLayer, classes: 7)
        let after = network.stateDict
        #expect(after.map(\.name) == before.map(\.name))
        let heads = Set(network.stages.last.map { Self.identities($0.parameters) } ?? [])
        for (old, new) in zip(before, after) where !heads.contains(ObjectIdentifier(new.tensor)) {
            // The auxiliary heads have the new classes, too.
            let isAuxiliary = old.name.lowercased().hasPrefix("aux") && new.tensor.shape.first == 7
            #expect(new.tensor === old.tensor || isAuxiliary, "\(old.name)")
        }
        #expect(Self.outputs(of: network.stages.last) == 7)
        network.eval()
        let logits = try withInferenceMode { try network(Self.images(name, count: 1)) }
        #expect(logits.shape == [1, 7])
    }

    /// A custom head receives the pooled features in every family and is the last stage.
    @Test("A custom head receives the features", arguments: names) func customHead(_ name: String) throws {
        let network = try Self.makeNetwork(name, classes: 10)
        let before = network.stateDict.map { "\($0.name) \($0.tensor.shape)" }
        let head = try Head("16,relu,dropout:0.5")
        try network.replaceHead(head, classes: 7)
        let last = try #require(network.stages.last)
        #expect(last.parameters.map(\.shape) == [[16, network.headInputs], [16], [7, 16], [7]])
        let parameters = network.stages.flatMap(\.parameters)
        #expect(Set(Self.identities(parameters)).count == parameters.count)
        network.eval()
        try withInferenceMode {
            let images = try Self.images(name)
            let features = try network.extractFeatures(images)
            #expect(features.count == 2 * network.headInputs || name.hasPrefix("squeezenet"))
            #expect(try network(images).shape == [2, 7])
        }
        // A second network with the same options accepts the same weights.
        var options = NetworkOptions(classes: 7)
        options.head = head
        let again = try #require(Architecture.named(name)).makeNetwork(options)
        #expect(try again.load(network.stateDict).isComplete)
        #expect(network.stateDict.map { "\($0.name) \($0.tensor.shape)" } != before)
    }

    @Test("The error for a head that does not fit names both sizes", arguments: names)
    func misfit(_ name: String) throws {
        let network = try Self.makeNetwork(name, classes: 10)
        let inputs = network.headInputs
        let tooWide = #expect(throws: HeadError.self) {
            try network.replaceHead(with: Linear(inputs + 1, 7), classes: 7)
        }
        #expect(tooWide?.description.contains("\(inputs + 1)") == true)
        #expect(tooWide?.description.contains("\(inputs)") == true)
        let tooMany = #expect(throws: HeadError.self) { try network.replaceHead(with: Linear(inputs, 8), classes: 7) }
        #expect(tooMany?.description.contains("8") == true)
        #expect(tooMany?.description.contains("7") == true)
    }

    @Test("The last stages train, and the others are frozen", arguments: names) func lastStages(_ name: String) throws {
        let network = try Self.makeNetwork(name, classes: 2)
        #expect(
            Set(Self.identities(network.stages.flatMap(\.parameters))) == Set(Self.identities(network.parameters)))
        #expect(Self.outputs(of: network.stages.last) == 2)
        for count in [1, 2, network.stages.count] {
            try network.trainLastStages(count)
            network.train()
            let wanted = network.stages.suffix(count).flatMap(\.parameters)
            #expect(Set(Self.identities(network.trainableParameters)) == Set(Self.identities(wanted)))
            for stage in network.stages.dropLast(count) {
                for module in stage.modules.flatMap({ $0.namedModules.map(\.module) }) {
                    #expect((module as? any ModeDependent)?.isTraining != true, "\(stage.name)")
                }
            }
            for stage in network.stages.suffix(count) {
                for case let norm as BatchNorm2d in stage.modules.flatMap({ $0.namedModules.map(\.module) }) {
                    #expect(norm.isTraining, "\(stage.name)")
                }
            }
        }
    }

    /// On `.meta`, networks of any size need no memory.
    @Test(
        "Dropout in a frozen layer drops nothing; in front of a trained layer it does",
        arguments: [
            ("alexnet", 1, [false, false]), ("alexnet", 2, [false, true]), ("alexnet", 3, [true, true]),
            ("vgg11", 1, [false, true]), ("vgg11", 2, [true, true]), ("small_cnn", 1, [false, true]),
            ("small_cnn", 2, [true, true]), ("inception_v3", 1, [true]), ("mobilenet_v3_small", 1, [true]),
            ("googlenet", 1, [true, false, false]), ("googlenet", 3, [true, true, true]),
        ])
    func frozenDropout(_ name: String, _ count: Int, _ wanted: [Bool]) throws {
        try withDefaultDevice(.meta) {
            let network = try #require(Architecture.named(name)).makeNetwork(classes: 3)
            func modes() -> [Bool] { network.namedModules.compactMap { ($0.module as? Dropout)?.isTraining } }
            for _ in 0..<2 {
                try network.trainLastStages(count)
                network.train()
                #expect(modes().sorted { $0 && !$1 } == wanted.sorted { $0 && !$1 })
                #expect(name == "googlenet" || modes() == wanted)
            }
            try network.unfreeze()
            network.train()
            #expect(!modes().contains(false))
        }
    }

    @Test("Features without parameters in a described network are frozen, too")
    func frozenFeaturesWithoutParameters() throws {
        let description = try NetworkDescription(
            """
            input 3x8x8
            features:
            maxpool:2, dropout:0.5
            classifier:
            linear:classes
            """, name: "pooled")
        let network = try DescribedNetwork(description, classes: 2)
        let dropout = try #require(network.namedModules.compactMap { $0.module as? Dropout }.first)
        try network.trainLastStages(1)
        network.train()
        #expect(!dropout.isTraining)
        let images = try Formula.tensor([2, 3, 8, 8])
        try expectClose(network(images), network(images), within: 0)
        try network.unfreeze()
        network.train()
        #expect(dropout.isTraining)
    }

    /// PARITY: PyTorch's `train()` moves a frozen backbone's running statistics.
    @Test("The running statistics of a frozen backbone do not change") func frozenStatistics() throws {
        let network = try Self.makeNetwork("resnet18", classes: 2)
        try network.trainLastStages(1)
        network.train()
        let before = try network.stateDict.map { try $0.tensor.detach().clone() }
        _ = try network(Formula.tensor([2, 3, 64, 64]))
        for (entry, value) in zip(network.stateDict, before) { try expectClose(entry.tensor, value, within: 0) }
    }
}

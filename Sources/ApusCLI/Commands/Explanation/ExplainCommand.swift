internal import Apus
internal import ArgumentParser
internal import Classifier
internal import Platform
internal import Torch
internal import TorchVision

/// `apus explain`
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show what a network looks at, and what is inside it.",
        discussion: """
            MODEL is a file that 'apus train' wrote, or a network with published weights. For each PICTURE, or each in a \
            folder, a heat map is drawn beside it: which places speak for the class. Places outside of what the network \
            saw, the middle of the picture, are darkened. --layer alone shows a layer's feature maps instead.

            EXAMPLES
              apus explain mobilenet_v2 dog.jpg
              apus explain mobilenet_v2 dog.jpg --method occlusion --class 'tennis ball'
              apus explain runs/insects/best.safetensors photos/val --out explained
              apus explain alexnet dog.jpg --layer features.0
              apus explain alexnet --kernels
              apus explain resnet18 photos --statistics
              apus explain resnet18 --layers
              apus explain resnet18 dog.jpg --values heat.safetensors --format json

            Exit status: 0 all explained, 1 some could not be, 2 wrong use.
            """)

    @Argument(help: "A classifier's file, or the name of a pretrained network.")
    var model: String

    @Argument(help: "Pictures and folders.")
    var pictures: [String] = []

    @Option(help: "How it is found which places speak for a class. By default grad-cam.")
    var method: ExplanationMethod?

    @Option(
        name: .customLong("class"),
        help: "The class that is explained, by its name. By default the predicted one.")
    var target: String?

    @Option(help: "The class that is explained, by its index: its place in the model's list of classes, from 0.")
    var classIndex: Int?

    @Option(
        help: """
            A layer by its name. Alone it shows that layer's feature maps; with --method it is the one whose maps are \
            weighed, with --kernels the convolution.
            """)
    var layer: String?

    @Flag(exclusivity: .exclusive) var view: ExplanationView?

    @Option(help: "Where pictures go: a folder, or for one picture a file (.png, .svg, .pdf).")
    var out = "explained"

    @Option(help: "Write the raw values as well: a safetensors file with a tensor for each picture.")
    var values: String?

    @Option(help: "How results are printed: table, json.")
    var format = ReportFormat.table

    @Option(help: "How many feature maps are shown of a layer, the strongest first.")
    var channels = 64

    @OptionGroup var effort: ExplanationEffort

    @Option(help: "Only the first so many pictures.")
    var limit: Int?

    @Option(help: "Where to compute: cpu, cuda, cuda:1. By default CUDA where there is a device.")
    var device: String?

    @OptionGroup var talk: TalkOptions

    /// What is shown: what a flag tells, or what the options that were given are for.
    private var shown: ExplanationView {
        view ?? (layer != nil && method == nil && target == nil && classIndex == nil ? .maps : .heat)
    }

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit is 1 or more, not \(limit).") }
        try Endings.checkFolder(out, "--out", "a folder", or: Endings.drawings)
        if let values { try Endings.check(values, "--values", ["safetensors"]) }
        if !isFolder(out) { try Endings.check(out, "--out", isNoneOf: pictures) }
        try Endings.check(values, "--values", isNoneOf: [model])
        if channels < 1 { throw ValidationError("--channels is 1 or more, not \(channels).") }
        switch shown {
        case .layers, .kernels:
            if !pictures.isEmpty {
                throw ValidationError("--\(shown.rawValue) looks at the network alone; give no picture.")
            }
        case .heat, .maps, .statistics:
            if pictures.isEmpty {
                throw ValidationError("give a picture or a folder; without one there are --layers and --kernels.")
            }
        }
        if shown != .heat {
            if let method { throw ValidationError("--method \(method.rawValue) does not go with --\(shown.rawValue).") }
            if target != nil { throw ValidationError("--class does not go with --\(shown.rawValue).") }
            if classIndex != nil { throw ValidationError("--class-index does not go with --\(shown.rawValue).") }
        }
        if target != nil, classIndex != nil { throw ValidationError("give --class or --class-index, not both.") }
        if let classIndex, classIndex < 0 { throw ValidationError("--class-index is 0 or more, not \(classIndex).") }
        if layer != nil, shown == .layers || shown == .statistics {
            throw ValidationError("--layer does not go with --\(shown.rawValue).")
        }
        try checkEffort()
    }

    /// Refuses flags of other views and methods.
    private func checkEffort() throws {
        let given = GivenFlags()
        let method = shown == .heat ? method ?? .gradCAM : nil
        try given.refuse("--channels", where: shown != .maps, "it goes with --layer or --maps, which show feature maps")
        try given.refuse(
            "--out", "--values", where: shown == .layers || shown == .statistics,
            "--\(shown.rawValue) prints a table and writes no file")
        try given.refuse("--limit", where: shown == .layers || shown == .kernels, "there are no images")
        try given.refuse(
            "--samples", "--noise", "--seed", where: method != .smoothGrad, "it goes with --method smooth-grad")
        try given.refuse("--steps", where: method != .integratedGradients, "it goes with --method integrated-gradients")
        try given.refuse("--window", "--stride", where: method != .occlusion, "it goes with --method occlusion")
        let passesCopies = [.smoothGrad, .integratedGradients, .occlusion, .scoreCAM].contains(method)
        try given.refuse(
            "--batch-size", where: !passesCopies && shown != .statistics,
            "images pass one by one here; it goes with --statistics and the methods smooth-grad, integrated-gradients, "
                + "occlusion and score-cam")
        try given.refuse("--class", where: method == .eigenCAM, "eigen-cam is the same for all classes")
    }

    func run() async throws {
        let classifier = try await ImageClassifier.open(model, device: .find(device), talk: talk)
        let work = ExplanationWork(
            classifier: classifier, format: format, files: ExplanationFiles(out, values: values), talk: talk)
        switch shown {
        case .layers: try await work.showLayers()
        case .kernels: try await work.showKernels(of: layer)
        case .statistics: try await work.showStatistics(input(), batchSize: effort.batchSize)
        case .maps:
            let layer = if let layer { layer } else { try await classifier.defaultMapLayer() }
            try await work.showFeatureMaps(of: layer, input(), limit: channels)
        case .heat:
            var options = effort.options
            options.method = method ?? .gradCAM
            options.layer = layer
            options.target =
                try classIndex.map { .index($0) } ?? target.map { text in try classifier.reference(toClass: text) }
            try await work.showHeat(input(), options)
        }
    }

    private func input() throws -> ImageInput {
        let input = try ImageInput(paths: pictures, limit: limit)
        input.notes.forEach(talk.note)
        return input
    }
}

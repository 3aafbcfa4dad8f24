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
        abstract: "Explain predictions with heat maps, and show layers and kernels.",
        discussion: """
            MODEL is a model file from 'apus train', or the name of a pretrained network. Each image is drawn next to \
            its heat map, which shows the regions that support the class. Regions outside the input of the network, \
            the center crop, are dark. --layer alone shows the feature maps of a layer instead.

            EXAMPLES
              apus explain mobilenet_v2 dog.jpg
              apus explain mobilenet_v2 dog.jpg --method occlusion --class 'tennis ball'
              apus explain runs/insects/best.safetensors photos/val --out explained
              apus explain alexnet dog.jpg --layer features.0
              apus explain alexnet --kernels
              apus explain resnet18 photos --statistics
              apus explain resnet18 --layers
              apus explain resnet18 dog.jpg --values heat.safetensors --format json

            Exit status: 0 if all images were explained, 1 if some failed, 2 for invalid usage.
            """)

    @Argument(help: "Model file, or name of a pretrained network.")
    var model: String

    @Argument(help: "Images and folders of images.")
    var images: [String] = []

    @Option(help: "Explanation method. Default: grad-cam.")
    var method: ExplanationMethod?

    @Option(
        name: .customLong("class"),
        help: "Class to explain, by name. Default: the predicted class.")
    var target: String?

    @Option(help: "Class to explain, by its index in the model's list of classes, from 0.")
    var classIndex: Int?

    @Option(
        help: """
            Layer name. Alone: show the feature maps of the layer. With --method: the layer for the heat map. With \
            --kernels: the convolution to show.
            """)
    var layer: String?

    @Flag(exclusivity: .exclusive) var view: ExplanationView?

    @Option(help: "Output folder, or for one image an output file (.png, .svg or .pdf).")
    var out = "explained"

    @Option(help: "Also write the raw values to this .safetensors file, one tensor per image.")
    var values: String?

    @Option(help: "Output format.")
    var format = ReportFormat.table

    @Option(help: "With --layer or --maps: number of feature maps to show, the strongest first.")
    var channels = 64

    @OptionGroup var effort: ExplanationEffort

    @Option(help: "Maximum number of images.")
    var limit: Int?

    @Option(
        help: """
            Read the frames of videos: one for each interval, such as 500ms, 1s or 2m. Default: videos are left out.
            """,
        transform: { try FrameInterval($0) })
    var every: FrameInterval?

    @Option(help: "Device: cpu, cuda or cuda:1. Default: cuda if available, otherwise cpu.")
    var device: String?

    @OptionGroup var messages: MessageOptions

    /// The view: that of the flag, or the one that fits the other options.
    private var shown: ExplanationView {
        view ?? (layer != nil && method == nil && target == nil && classIndex == nil ? .maps : .heat)
    }

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit must be at least 1, not \(limit).") }
        try FileExtensions.checkFolder(out, "--out", "a folder", or: FileExtensions.drawings)
        if let values { try FileExtensions.check(values, "--values", ["safetensors"]) }
        if !isFolder(out) { try FileExtensions.check(out, "--out", isNoneOf: images) }
        try FileExtensions.check(values, "--values", isNoneOf: [model])
        if channels < 1 { throw ValidationError("--channels must be at least 1, not \(channels).") }
        switch shown {
        case .layers, .kernels:
            if !images.isEmpty {
                throw ValidationError("--\(shown.rawValue) uses no images; omit them.")
            }
        case .heat, .maps, .statistics:
            if images.isEmpty {
                throw ValidationError("an image or a folder is required; only --layers and --kernels need none.")
            }
        }
        if shown != .heat {
            if method != nil { throw ValidationError("--method can't be combined with --\(shown.rawValue).") }
            if target != nil { throw ValidationError("--class can't be combined with --\(shown.rawValue).") }
            if classIndex != nil { throw ValidationError("--class-index can't be combined with --\(shown.rawValue).") }
        }
        if target != nil, classIndex != nil { throw ValidationError("--class and --class-index can't be combined.") }
        if let classIndex, classIndex < 0 {
            throw ValidationError("--class-index must be at least 0, not \(classIndex).")
        }
        if layer != nil, shown == .layers || shown == .statistics {
            throw ValidationError("--layer can't be combined with --\(shown.rawValue).")
        }
        try checkEffort()
    }

    /// Rejects flags of other views and methods.
    private func checkEffort() throws {
        let given = GivenFlags()
        let method = shown == .heat ? method ?? .gradCAM : nil
        try given.refuse("--channels", where: shown != .maps, "without --layer or --maps, which show feature maps")
        try given.refuse(
            "--out", "--values", where: shown == .layers || shown == .statistics,
            "with --\(shown.rawValue), which prints a table and writes no file")
        try given.refuse(
            "--limit", "--every", where: shown == .layers || shown == .kernels,
            "with --\(shown.rawValue), which uses no images")
        try given.refuse(
            "--samples", "--noise", "--seed", where: method != .smoothGrad, "without --method smooth-grad")
        try given.refuse("--steps", where: method != .integratedGradients, "without --method integrated-gradients")
        try given.refuse("--window", "--stride", where: method != .occlusion, "without --method occlusion")
        let passesCopies = [.smoothGrad, .integratedGradients, .occlusion, .scoreCAM].contains(method)
        try given.refuse(
            "--batch-size", where: !passesCopies && shown != .statistics,
            "here; it is for --statistics and for the methods smooth-grad, integrated-gradients, occlusion and "
                + "score-cam")
        try given.refuse(
            "--class", where: method == .eigenCAM, "with --method eigen-cam, which is the same for all classes")
    }

    func run() async throws {
        try LibTorch.demand(for: "apus explain")
        let classifier = try await ImageClassifier.open(model, device: .find(device), messages: messages)
        let work = ExplanationWork(
            classifier: classifier, format: format, files: ExplanationFiles(out, values: values), messages: messages)
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
        let input = try ImageInput(paths: images, limit: limit, frameInterval: every?.duration)
        input.notes.forEach(messages.note)
        return input
    }
}

internal import Apus
internal import ArgumentParser
internal import Images
internal import Platform
internal import Torch
internal import TorchVision

/// `apus embed`
struct EmbedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "embed",
        abstract: "Extract features, map images in two dimensions, and find similar images.",
        discussion: """
            MODEL is a model file from 'apus train', or the name of a pretrained network. Features are the input of \
            its head: 512 numbers per image for resnet18, 1,280 for mobilenet_v2. DATA is a dataset in any layout that \
            'apus data check' describes, with all its splits, or images without labels: an image or a folder of \
            images.

            --out writes the features: a .safetensors file with 'features' [N, D], 'labels' [N] and, in the metadata, \
            paths and classes; or a .csv file with one line per image, which needs little memory for any number of \
            images.

            --map places images with similar features near each other. pca uses the two directions of the largest \
            variance. tsne keeps neighbors together, for up to 5,000 images; it uses no random numbers. The output is \
            the coordinates. --sheet draws the map.

            --neighbors finds the images of DATA that are most similar to an image, by the cosine similarity of their \
            features. --sheet draws them.

            EXAMPLES
              apus embed resnet18 photos --out features.safetensors
              apus embed best.safetensors photos --map tsne --sheet map.svg
              apus embed resnet18 photos --neighbors holiday.jpg --sheet like.png

            Exit status: 0 if all images were read, 1 if some were not or for another failure, 2 for invalid usage.
            """)

    @Argument(help: "Model file, or name of a pretrained network.")
    var model: String

    @Argument(help: "Dataset, or folder of images.")
    var data: String

    @Option(help: "Write the features to this file: .safetensors or .csv.")
    var out: String?

    @Option(help: "Map the images in two dimensions.")
    var map: EmbeddingMap.Method?

    @Option(help: "With --map tsne: perplexity, roughly the number of neighbors. Default: 30, less for few images.")
    var perplexity: Double?

    @Option(help: "Find the images that are most similar to this one.")
    var neighbors: String?

    @Option(help: "With --neighbors: number of images to find.")
    var count = 10

    @Option(help: "Draw the map or the neighbors: .png, .svg or .pdf.")
    var sheet: String?

    @Option(help: "Output format of the map or the neighbors.")
    var format = ListFormat.table

    @Flag(help: "Use all images in a folder and its subfolders, without labels.")
    var noLabels = false

    @Option(help: "Regular expression with one capture group: the label in the file name or path.")
    var labelPattern: String?

    @Option(help: "Maximum number of images per split, spread over the classes.")
    var limit: Int?

    @OptionGroup(title: "Tables, lists and videos") var table: TableOptions

    @OptionGroup var engine: EngineOptions

    @OptionGroup var messages: MessageOptions

    func validate() throws {
        guard out != nil || map != nil || neighbors != nil else {
            throw ValidationError("add one of --out FILE, --map pca|tsne or --neighbors IMAGE.")
        }
        if map != nil, neighbors != nil { throw ValidationError("--map and --neighbors can't be combined.") }
        if let out { try FileExtensions.check(out, "--out", ["safetensors", "csv"]) }
        if let sheet {
            guard map != nil || neighbors != nil else {
                throw ValidationError("--sheet requires --map or --neighbors.")
            }
            try FileExtensions.check(sheet, "--sheet", FileExtensions.drawings)
        }
        try FileExtensions.check(out, "--out", isNoneOf: [model, data])
        try FileExtensions.check(sheet, "--sheet", isNoneOf: [model, data, neighbors])
        if let perplexity {
            guard map == .tsne else { throw ValidationError("--perplexity requires --map tsne.") }
            if !(perplexity >= 1) { throw ValidationError("--perplexity must be at least 1, not \(perplexity).") }
        }
        let given = GivenFlags()
        try given.refuse("--count", where: neighbors == nil, "without --neighbors")
        try given.refuse(
            "--format", where: map == nil && neighbors == nil,
            "without --map or --neighbors; the extension of --out is the format of the features")
        if count < 1 { throw ValidationError("--count must be at least 1, not \(count).") }
        if let limit, limit < 1 { throw ValidationError("--limit must be at least 1, not \(limit).") }
        if noLabels, labelPattern != nil {
            throw ValidationError("--no-labels can't be combined with --label-pattern.")
        }
        if noLabels, table.options() != DatasetOptions(frameInterval: table.every?.duration) {
            throw ValidationError("--no-labels can't be combined with options for tables.")
        }
    }

    func run() async throws {
        try LibTorch.demand(for: "apus embed")
        let input = try ImageInput(
            at: data, options: table.options(labelPattern: labelPattern), ignoresLabels: noLabels, limit: limit)
        messages.note(input)
        let work = try await FeatureWork(
            model: model, images: input.images.count, engine: engine, messages: messages)
        if let out, FileExtensions.of(out) == "csv", map == nil, neighbors == nil {
            let written = try await work.writeCSV(of: input, to: out)
            messages.note("\(out): \(counted(written, "image")), \(work.extractor.dimension.grouped) features each")
            return try work.finish()
        }
        let embeddings = try await work.embeddings(of: input)
        if let out {
            try await embeddings.write(to: out, model: model)
            messages.note(
                "\(out): \(counted(embeddings.count, "image")), \(embeddings.dimension.grouped) features each")
        }
        if let map { try await place(embeddings, by: map, displayNames: work.extractor.displayNames) }
        if let neighbors { try await find(neighbors, in: embeddings, by: work.extractor) }
        try work.finish()
    }

    private func place(
        _ embeddings: Embeddings, by method: EmbeddingMap.Method, displayNames: [String: String]
    ) async throws {
        let bar = ProgressBar("mapping", total: nil, unit: .steps, isQuiet: messages.quiet)
        let map = try await embeddings.map(by: method, perplexity: perplexity) { events in
            for await case .step(let done, let total) in events { bar.update(done, total: total) }
        }
        bar.clear()
        try Console.write(map.text(format, of: embeddings.input.dataset), format)
        if let sheet {
            try map.writeChart(
                to: sheet, classes: embeddings.input.images.classNames, displayNames: displayNames)
            messages.note("Map: \(sheet)")
        }
        map.summary.map(messages.note)
    }

    private func find(_ image: String, in embeddings: Embeddings, by extractor: FeatureExtractor) async throws {
        let features = try await extractor.features(of: image)
        let found = try await embeddings.neighbors(of: features, count: count, excluding: image)
        try Console.write(found.text(format), format)
        if let sheet {
            let files = try NeighborSheet(of: image, found, in: embeddings.input.images).write(to: sheet)
            files.forEach { messages.note("Sheet: \($0)") }
        }
    }
}

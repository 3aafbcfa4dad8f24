internal import Apus
internal import ArgumentParser
internal import Images
internal import Platform
internal import TorchVision

/// `apus embed`
struct EmbedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "embed",
        abstract: "Write the features of pictures, place them on a map, find their neighbours.",
        discussion: """
            MODEL is a file that 'apus train' wrote, or a network with published weights. Features are what its head gets: \
            512 numbers a picture for resnet18, 1,280 for mobilenet_v2. DATA is a dataset in any layout that 'apus data \
            check' tells of, with all its parts, or pictures without labels: a picture, or a folder of them.

            --out writes the features: a .safetensors file with 'features' [N, D], 'labels' [N] and, in the metadata, \
            paths and classes; or a .csv file with a line for each picture, which takes no memory however many there are.

            --map places pictures with like features near each other. pca takes the two directions in which they differ \
            most; tsne keeps neighbours together, for up to 5,000 pictures, without anything drawn at random. Its values \
            are the result, or --sheet draws it.

            --neighbours names a picture and finds those of DATA most like it, by the cosine of their features. --sheet \
            draws them.

            EXAMPLES
              apus embed resnet18 photos --out features.safetensors
              apus embed best.safetensors photos --map tsne --sheet map.svg
              apus embed resnet18 photos --neighbours holiday.jpg --sheet like.png
            """)

    @Argument(help: "A classifier's file, or the name of a pretrained network.")
    var model: String

    @Argument(help: "A dataset, or a folder of pictures.")
    var data: String

    @Option(help: "Write the features to this file, .safetensors or .csv.")
    var out: String?

    @Option(help: "Place the pictures on a map: pca, tsne.")
    var map: EmbeddingMap.Method?

    @Option(help: "About how many neighbours of a picture count for tsne. By default 30, or a third of the pictures.")
    var perplexity: Double?

    @Option(help: "Find the pictures most like this one.")
    var neighbours: String?

    @Option(help: "How many neighbours are told.")
    var count = 10

    @Option(help: "Draw the map or the neighbours: .png, .svg, .pdf.")
    var sheet: String?

    @Option(help: "How the map or the neighbours are printed: table, json, csv.")
    var format = ListFormat.table

    @Flag(help: "Take the pictures of a folder without labels, to its depths.")
    var noLabels = false

    @Option(help: "A regular expression whose one group captures the label in a file's name.")
    var labelPattern: String?

    @Option(help: "At most so many pictures of each part of the data, spread over the classes.")
    var limit: Int?

    @OptionGroup(title: "Tables") var table: TableOptions

    @OptionGroup var engine: EngineOptions

    @OptionGroup var talk: TalkOptions

    func validate() throws {
        guard out != nil || map != nil || neighbours != nil else {
            throw ValidationError("say what is wanted: --out FILE, --map pca|tsne, or --neighbours PICTURE.")
        }
        if map != nil, neighbours != nil { throw ValidationError("--map and --neighbours are two commands.") }
        if let out { try Endings.check(out, "--out", ["safetensors", "csv"]) }
        if let sheet {
            guard map != nil || neighbours != nil else {
                throw ValidationError("--sheet goes with --map or --neighbours.")
            }
            try Endings.check(sheet, "--sheet", Endings.drawings)
        }
        try Endings.check(out, "--out", isNoneOf: [model, data])
        try Endings.check(sheet, "--sheet", isNoneOf: [model, data, neighbours])
        if let perplexity {
            guard map == .tsne else { throw ValidationError("--perplexity goes with --map tsne.") }
            if !(perplexity >= 1) { throw ValidationError("--perplexity is 1 or more, not \(perplexity).") }
        }
        let given = GivenFlags()
        try given.refuse("--count", where: neighbours == nil, "it goes with --neighbours")
        try given.refuse(
            "--format", where: map == nil && neighbours == nil,
            "it goes with --map or --neighbours; the ending of --out says how features are written")
        if count < 1 { throw ValidationError("--count is 1 or more, not \(count).") }
        if let limit, limit < 1 { throw ValidationError("--limit is 1 or more, not \(limit).") }
        if noLabels, labelPattern != nil { throw ValidationError("--no-labels leaves no labels for --label-pattern.") }
        if noLabels, table.options() != DatasetOptions() {
            throw ValidationError("--no-labels takes files as they come, so that options for tables have no effect.")
        }
    }

    func run() async throws {
        let input = try ImageInput(
            at: data, options: table.options(labelPattern: labelPattern), ignoresLabels: noLabels, limit: limit)
        talk.note(input)
        let work = try await FeatureWork(
            model: model, pictures: input.images.count, engine: engine, talk: talk)
        if let out, Endings.of(out) == "csv", map == nil, neighbours == nil {
            let written = try await work.writeCSV(of: input, to: out)
            talk.note("\(out): \(counted(written, "picture")), \(work.extractor.dimension.grouped) features each")
            return try work.finish()
        }
        let embeddings = try await work.embeddings(of: input)
        if let out {
            try await embeddings.write(to: out, model: model)
            talk.note("\(out): \(counted(embeddings.count, "picture")), \(embeddings.dimension.grouped) features each")
        }
        if let map { try await place(embeddings, by: map) }
        if let neighbours { try await find(neighbours, in: embeddings, by: work.extractor) }
        try work.finish()
    }

    private func place(_ embeddings: Embeddings, by method: EmbeddingMap.Method) async throws {
        let bar = ProgressBar("placing", total: nil, unit: .steps, isQuiet: talk.quiet)
        let map = try await embeddings.map(by: method, perplexity: perplexity) { bar.update($0, total: $1) }
        bar.clear()
        try Console.write(map.text(format, of: embeddings.input.dataset), format)
        if let sheet {
            try map.writeChart(to: sheet, classes: embeddings.input.images.classNames)
            talk.note("Map: \(sheet)")
        }
        map.summary.map(talk.note)
    }

    private func find(_ picture: String, in embeddings: Embeddings, by extractor: FeatureExtractor) async throws {
        let features = try await extractor.features(of: picture)
        let found = try await embeddings.neighbours(of: features, count: count, excluding: picture)
        try Console.write(found.text(format), format)
        if let sheet {
            let files = try NeighbourSheet(of: picture, found, in: embeddings.input.images).write(to: sheet)
            files.forEach { talk.note("Sheet: \($0)") }
        }
    }
}

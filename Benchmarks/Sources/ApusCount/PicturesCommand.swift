internal import ArgumentParser
internal import Images

/// `apus-count pictures`: one picture, over and over.
struct PicturesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pictures", abstract: "Decodes a picture and prepares it for a network, many times, on one thread."
    )

    @Argument(help: "A picture.")
    var file: String

    @Option(help: "How many times.")
    var steps = 10

    func run() throws {
        let preprocessing = Preprocessing.imageNet
        let loader = DataLoader(
            try PictureList(paths: Array(repeating: file, count: steps)),
            transforms: preprocessing.evaluationTransforms, height: preprocessing.cropSize,
            width: preprocessing.cropSize, batchSize: 1, workers: 0, reading: preprocessing.readingOptions)
        var digest = 0
        let batches = loader.batches()
        while let batch = try batches.next() {
            digest = batch.withUnsafeBytes { bytes in
                stride(from: 0, to: bytes.count, by: 997).reduce(digest) { $0 &+ Int(bytes[$1]) }
            }
        }
        print("\(steps) pictures, digest \(digest)")
    }
}

internal import ArgumentParser
internal import Images

/// `apus-count images`: one image, repeatedly.
struct ImagesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "images", abstract: "Decodes an image and prepares it for a network, many times, on one thread."
    )

    @Argument(help: "An image.")
    var file: String

    @Option(help: "Number of repetitions.")
    var steps = 10

    func run() throws {
        let preprocessing = Preprocessing.imageNet
        let loader = DataLoader(
            try ImageList(paths: Array(repeating: file, count: steps)),
            transforms: preprocessing.evaluationTransforms, height: preprocessing.cropSize,
            width: preprocessing.cropSize, batchSize: 1, workers: 0, reading: preprocessing.readingOptions)
        var digest = 0
        let batches = loader.batches()
        while let batch = try batches.next() {
            digest = batch.withUnsafeBytes { bytes in
                stride(from: 0, to: bytes.count, by: 997).reduce(digest) { $0 &+ Int(bytes[$1]) }
            }
        }
        print("\(steps) images, digest \(digest)")
    }
}

internal import ArgumentParser
internal import Foundation
internal import Images

/// `apus-bench loader`: reading, decoding, resizing and cropping on one thread.
struct LoaderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loader", abstract: "Loads every image of a folder on one thread, as prediction does.")

    @Argument(help: "A folder of images.")
    var folder: String

    @Option(help: "Number of passes over the folder; the first one is not counted.")
    var passes = 3

    @Flag(help: "Decode large JPEG files at a smaller size.")
    var fastDecode = false

    private struct Output: Encodable {
        let images: Int
        /// The time of the fastest pass.
        let seconds: Double
        let processorSeconds: Double
    }

    func run() throws {
        let preprocessing = Preprocessing.imageNet
        var reading = preprocessing.readingOptions
        reading.decoding = fastDecode ? .fast : .exact
        let loader = DataLoader(
            try ImageList(paths: [folder]), transforms: preprocessing.evaluationTransforms,
            height: preprocessing.cropSize, width: preprocessing.cropSize, batchSize: 32, workers: 0,
            reading: reading)
        var outputs: [Output] = []
        for _ in 0...max(1, passes) {
            let start = (wall: ContinuousClock.now, processor: processorSeconds())
            var images = 0
            let batches = loader.batches()
            while let batch = try batches.next() { images += batch.count }
            outputs.append(
                Output(
                    images: images, seconds: (ContinuousClock.now - start.wall) / .seconds(1),
                    processorSeconds: processorSeconds() - start.processor))
        }
        guard let best = outputs.dropFirst().min(by: { $0.processorSeconds < $1.processorSeconds }) else { return }
        try printLine(best)
    }
}

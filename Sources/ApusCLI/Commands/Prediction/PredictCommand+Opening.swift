internal import Apus
internal import Classifier
internal import Foundation
internal import Images
internal import Platform
internal import TorchVision

extension PredictCommand {
    /// The images, and the folder for their results.
    struct Work {
        var images: PredictionSource.Images
        var list: PathList?
        /// The number of images of all shards, and a checksum of their names; for a list, only it has them.
        var listed = (count: 0, digest: Digest64())
        var results: Monitor<PredictionParts>?
    }

    /// Opens the images and the folder.
    func open(_ shard: Shard) throws -> Work {
        if readsImage {
            let image = SingleImage(try StandardInput.image(), named: "-")
            return Work(images: .all(ImageInput(image, isLabeled: false)))
        }
        if readsList {
            let list = PathList(
                STDIN_FILENO, endsInNUL: null, every: video.interval, limit: limit, cache: cache, shard: shard,
                watchesOutput: out == nil)
            return Work(images: .list(list), list: list, results: try openResults(shard, list: nil))
        }
        if readsVideos {
            return Work(
                images: .parts(ImageInputParts(paths: paths, every: video.interval, limit: limit, cache: cache)))
        }
        let found = try ImageInput(paths: paths, limit: limit, cache: cache)
        found.notes.forEach(messages.note)
        var input = found
        if let sample {
            input = input.sampled(sample, seed: seed ?? 0)
            messages.note(
                "\(input.images.count.grouped) of \(counted(found.images.count, "image")), chosen at random "
                    + "(seed \(seed ?? 0))")
        }
        var work = Work(images: .all(input.part(shard)))
        guard out != nil else { return work }
        // What can't be read now would be a single result.
        if let problem = found.firstProblem { throw problem }
        for index in 0..<input.images.count { work.listed.digest.add(input.images.name(at: index)) }
        work.listed.count = input.images.count
        work.results = try openResults(shard, list: work.listed)
        return work
    }

    /// Opens the folder for results; nil without one.
    private func openResults(
        _ shard: Shard, list: (count: Int, digest: Digest64)?
    ) throws -> Monitor<PredictionParts>? {
        guard let out else { return nil }
        // Otherwise a mistyped name would be another model than that of the folder.
        if !fileExists(model), (try? ModelReference(model)) == nil {
            if !model.contains(where: { $0 == "/" || $0 == "." }) { _ = try ModelReference(model) }
            throw FileError(path: model, operation: "read", code: ENOENT)
        }
        let settings = [
            "format": shownFormat.rawValue, "top": "\(shownClasses)", "logits": "\(logits)", "crops": crops.rawValue,
            "engine": engine.engine.rawValue, "precision": engine.precision?.rawValue ?? "auto",
            "fast-decode": "\(engine.fastDecode)", "every": video.every?.description ?? "auto",
        ]
        let manifest = try PredictionManifest(
            model: model, shards: shard.count, list: list.map { ($0.count, $0.digest) }, settings: settings)
        return Monitor(
            try PredictionParts(
                out, shard: shard, manifest: manifest, imagesPerPart: partSize ?? 10_000,
                maximumUnreadable: engine.maxUnreadable))
    }
}

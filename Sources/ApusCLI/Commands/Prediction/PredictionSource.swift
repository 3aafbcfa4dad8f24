internal import Apus
internal import Classifier
internal import Images
internal import Platform

/// The images of `apus predict`: all at once, or in parts as they arrive; with `--out` those without results.
struct PredictionSource {
    /// Where images come from.
    enum Images {
        case all(ImageInput)
        /// The only images were returned.
        case done
        case list(PathList)
        case parts(ImageInputParts)
    }

    private var images: Images
    /// The results of earlier processes.
    private let results: Monitor<PredictionParts>?

    init(_ images: Images, results: Monitor<PredictionParts>? = nil) { (self.images, self.results) = (images, results) }

    /// The number of images, if known.
    var count: Int? { if case .all(let input) = images { input.images.count } else { nil } }

    /// Notes for the user about the videos so far.
    var notes: [String] {
        switch images {
        case .all, .done: []
        case .list(let list): list.notes
        case .parts(let parts): parts.notes
        }
    }

    /// Returns the next images; nil at the end.
    ///
    /// - Throws: the errors of the list, `CancellationError`, and with results `ApusError` if they are of another list,
    ///   and `DatasetError` for a folder or archive that can't be read.
    mutating func next() throws -> ImageInput? {
        while let input = try nextInput() {
            guard let results else { return input }
            try Task.checkCancellation()
            if case .list(let list) = self.images {
                // What can't be read now would be a single result.
                if let problem = list.firstProblem { throw problem }
                try results.withLock { try $0.check(listed: list.listed.count) }
            }
            let (images, all) = (input.images, 0..<input.images.count)
            let missing = try results.withLock { results in
                try all.filter { try results.isMissing(images.name(at: $0)) }
            }
            guard missing.count < all.count else { return input }
            if !missing.isEmpty { return input.selecting(missing) }
        }
        return nil
    }

    private mutating func nextInput() throws -> ImageInput? {
        switch images {
        case .all(let input):
            images = .done
            return input.images.count > 0 ? input : nil
        case .done: return nil
        case .list(let list): return try list.next()
        case .parts(let parts): return try parts.next()
        }
    }
}

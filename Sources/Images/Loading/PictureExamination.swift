internal import Platform

/// What a close look at an image found.
public struct PictureExamination: Sendable {
    /// The image, if it could be decoded to its end.
    public struct Content: Sendable, Hashable {
        /// Pixels across and down, turned upright.
        public let width: Int, height: Int
        /// What it looks like; nil where it has too little in it.
        public let fingerprint: PictureFingerprint?
    }

    /// What the file's header contains; nil where there is no file of its own, or none that is known.
    public let facts: PictureFacts?

    /// The SHA-256 of the file in hexadecimal, or of the pixels where there is no file; nil where it can't be read.
    public let digest: String?

    /// What it holds, or why it could not be decoded.
    public let content: Result<Content, ImageError>

    /// Whether it could be decoded.
    public var isReadable: Bool { if case .success = content { true } else { false } }

    /// Reads and decodes an image of a dataset.
    ///
    /// - Throws: `ImageError` where the machine fails, not the image.
    init(_ dataset: any ImageDataset, at index: Int, options: ImageReadingOptions) throws(ImageError) {
        do {
            guard let picture = try dataset.encodedImage(at: index) else {
                let image = try dataset.image(at: index, options: options)
                self.init(
                    facts: nil, digest: image.pixels.withUnsafeBytes { Self.digest(of: $0) },
                    content: .success(Content(image)))
                return
            }
            switch picture.content {
            case .bytes(let bytes):
                try self.init(PictureBytes(copying: bytes), options: options, path: nil)
            case .file(let path):
                let bytes: PictureBytes
                do throws(ImageError) {
                    bytes = try PictureBytes(contentsOf: path, options: options)
                } catch {
                    throw error.naming(path: path.text)
                }
                try self.init(bytes, options: options, path: path)
            }
        } catch {
            let name = dataset.name(at: index)
            let failure = error as? ImageError ?? ImageError(.unreadable, path: name, message: "\(error)")
            if failure.isSystemFailure { throw failure }
            self.init(facts: nil, digest: nil, content: .failure(failure))
        }
    }

    private init(facts: PictureFacts?, digest: String?, content: Result<Content, ImageError>) {
        self.facts = facts
        self.digest = digest
        self.content = content
    }

    private init(_ bytes: PictureBytes, options: ImageReadingOptions, path: FilePath?) throws(ImageError) {
        let content = UnsafeRawBufferPointer(start: bytes.start, count: bytes.count)
        facts = PictureFacts(header: content)
        digest = Self.digest(of: content)
        do throws(ImageError) {
            self.content = .success(Content(try ImageReader(bytes, options: options, path: path).image()))
        } catch {
            let error = path.map { error.naming(path: $0.text) } ?? error
            if error.isSystemFailure { throw error }
            self.content = .failure(error)
        }
    }

    private static func digest(of bytes: UnsafeRawBufferPointer) -> String {
        let digest = SHA256Digest()
        digest.update(bytes)
        return digest.finish()
    }
}

extension PictureExamination.Content {
    init(_ image: Image) {
        width = image.width
        height = image.height
        fingerprint = PictureFingerprint(image)
    }
}

extension ImageDataset {
    /// Reads and decodes every image to its end, in threads of their own, and returns what was found, in order.
    ///
    /// `progress` gets the number of images that are done, from the threads. It returns when all are done.
    ///
    /// - Throws: `ImageError` where the machine fails, not an image.
    public func examined(
        workers: Int = DataLoader.processorCount, options: ImageReadingOptions = .init(),
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws(ImageError) -> [PictureExamination] {
        let work = ExaminationWork(dataset: self, options: options, progress: progress)
        let threads = (0..<Swift.max(0, workers)).compactMap { _ in WorkerThread { work.run() } }
        // Where the system refuses threads the calling thread does the work.
        if threads.isEmpty { work.run() }
        threads.forEach { $0.join() }
        return try work.results()
    }
}

/// Images that threads take one by one.
private final class ExaminationWork: Sendable {
    private struct State {
        var next = 0
        var done = 0
        var results: [PictureExamination?]
        /// What ended the work.
        package var failure: ImageError?
    }

    private let dataset: any ImageDataset
    private let options: ImageReadingOptions
    private let progress: @Sendable (Int) -> Void
    private let state: Monitor<State>

    init(dataset: any ImageDataset, options: ImageReadingOptions, progress: @escaping @Sendable (Int) -> Void) {
        self.dataset = dataset
        self.options = options
        self.progress = progress
        state = Monitor(State(results: Array(repeating: nil, count: dataset.count)))
    }

    func results() throws(ImageError) -> [PictureExamination] {
        try state.withLock { (state) throws(ImageError) in
            if let failure = state.failure { throw failure }
            return state.results.compactMap(\.self)
        }
    }

    func run() {
        while let index = take() {
            let result: PictureExamination
            do throws(ImageError) {
                result = try PictureExamination(dataset, at: index, options: options)
            } catch {
                return state.withLock { $0.failure = error }
            }
            let done = state.withLock { state in
                state.results[index] = result
                state.done += 1
                return state.done
            }
            progress(done)
        }
    }

    private func take() -> Int? {
        state.withLock { state in
            guard state.failure == nil, state.next < state.results.count else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }
}

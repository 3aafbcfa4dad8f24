internal import Platform
internal import Web

/// The result of examining an image completely.
package struct ImageExamination: Sendable {
    /// The properties of an image that was decoded to its end.
    package struct Content: Sendable, Hashable {
        /// The width and height in pixels, after applying the orientation.
        package let width: Int, height: Int
        /// The fingerprint; nil if the image has too little content.
        package let fingerprint: ImageFingerprint?
    }

    /// The content of the file's header; nil if there is no separate file or no readable header.
    package let facts: ImageFacts?

    /// The SHA-256 of the file in hexadecimal, or of the pixels if there is no file; nil if it cannot be read.
    package let digest: String?

    /// The image's properties, or the reason why it could not be decoded.
    package let content: Result<Content, ImageError>

    /// Whether it could be decoded.
    package var isReadable: Bool { if case .success = content { true } else { false } }

    /// Reads and decodes an image of a dataset.
    ///
    /// - Throws: `ImageError` if the machine fails, not if the image is damaged.
    init(_ dataset: any ImageDataset, at index: Int, options: ImageReadingOptions) throws(ImageError) {
        do {
            guard let encoded = try dataset.encodedImage(at: index) else {
                let image = try dataset.image(at: index, options: options)
                self.init(
                    facts: nil, digest: image.pixels.withUnsafeBytes { Self.digest(of: $0) },
                    content: .success(Content(image)))
                return
            }
            switch encoded.content {
            case .bytes(let bytes):
                try self.init(ImageBytes(copying: bytes), options: options, path: nil)
            case .file(let path):
                let bytes: ImageBytes
                do throws(ImageError) {
                    bytes = try ImageBytes(contentsOf: path, options: options)
                } catch {
                    throw error.naming(path: path.text)
                }
                try self.init(bytes, options: options, path: path)
            case .url(let url, let cache):
                let bytes: ImageBytes
                do throws(ImageError) {
                    bytes = try ImageBytes(fetching: url, cache: cache, options: options)
                } catch {
                    throw error.naming(path: url.printable)
                }
                try self.init(bytes, options: options, path: nil)
            }
        } catch {
            let name = dataset.name(at: index)
            let failure = error as? ImageError ?? ImageError(.unreadable, path: name, message: "\(error)")
            if failure.isSystemFailure { throw failure }
            self.init(facts: nil, digest: nil, content: .failure(failure))
        }
    }

    private init(facts: ImageFacts?, digest: String?, content: Result<Content, ImageError>) {
        self.facts = facts
        self.digest = digest
        self.content = content
    }

    private init(_ bytes: ImageBytes, options: ImageReadingOptions, path: FilePath?) throws(ImageError) {
        var facts: ImageFacts?
        let content: Result<Content, ImageError>
        do throws(ImageError) {
            let reader = try ImageReader(bytes, options: options, path: path)
            facts = reader.facts
            content = .success(Content(try reader.image()))
        } catch {
            let error = path.map { error.naming(path: $0.text) } ?? error
            if error.isSystemFailure { throw error }
            content = .failure(error)
        }
        let digest = Self.digest(of: UnsafeRawBufferPointer(start: bytes.start, count: bytes.count))
        self.init(facts: facts, digest: digest, content: content)
    }

    private static func digest(of bytes: UnsafeRawBufferPointer) -> String {
        let digest = SHA256Digest()
        digest.update(bytes)
        return digest.finish()
    }
}

extension ImageExamination.Content {
    init(_ image: Image) {
        width = image.width
        height = image.height
        fingerprint = ImageFingerprint(image)
    }
}

extension ImageDataset {
    /// Reads and decodes every image to its end in separate threads, and returns the results in order.
    ///
    /// `progress` receives the number of finished images, in order, from the threads. An error that it throws ends the
    /// work. The function returns when all threads are done.
    ///
    /// - Throws: `ImageError` if the machine fails, not if an image is damaged; the errors of `progress`.
    package func examined(
        workers: Int = DataLoader.processorCount, options: ImageReadingOptions = .init(),
        progress: @escaping @Sendable (Int) throws -> Void = { _ in }
    ) throws -> [ImageExamination] {
        let work = ExaminationWork(dataset: self, options: options, progress: progress)
        let threads = (0..<Swift.max(0, workers)).compactMap { _ in WorkerThread { work.run() } }
        // If the system allows no threads, the calling thread does the work.
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
        var results: [ImageExamination?]
        /// The error that ended the work.
        var failure: (any Error)?
    }

    private let dataset: any ImageDataset
    private let options: ImageReadingOptions
    private let progress: @Sendable (Int) throws -> Void
    private let state: Monitor<State>

    init(dataset: any ImageDataset, options: ImageReadingOptions, progress: @escaping @Sendable (Int) throws -> Void) {
        self.dataset = dataset
        self.options = options
        self.progress = progress
        state = Monitor(State(results: Array(repeating: nil, count: dataset.count)))
    }

    func results() throws -> [ImageExamination] {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            return state.results.compactMap(\.self)
        }
    }

    func run() {
        while let index = take() {
            let result: ImageExamination
            do throws(ImageError) {
                result = try ImageExamination(dataset, at: index, options: options)
            } catch {
                return state.withLock { $0.failure = error }
            }
            state.withLock { state in
                state.results[index] = result
                state.done += 1
                do { try progress(state.done) } catch { state.failure = state.failure ?? error }
            }
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

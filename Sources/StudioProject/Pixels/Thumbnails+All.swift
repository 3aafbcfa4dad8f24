internal import Images
internal import Platform

extension Thumbnails {
    /// The number of photos whose facts are stored at a time.
    private static let batch = 500

    /// Decodes all photos that were not decoded yet, in several threads: makes their thumbnails, and sets what the
    /// project knows about them. A read-only project is left as it is.
    ///
    /// - Parameters:
    ///   - workers: The number of threads. One processor stays free for the page.
    ///   - progress: Receives the number of decoded photos and of all that were to be decoded, on the calling thread. An
    ///     error that it throws ends the work; what is done stays done.
    /// - Throws: `ImageError` if the machine fails, not if a photo is damaged; `ProjectError`; the errors of `progress`.
    package func makeAll(
        workers: Int = max(1, ProcessorCount.available - 1),
        progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws {
        guard !project.isReadOnly else { return }
        let pending = try unexamined()
        try progress(0, pending.count)
        let work = ThumbnailWork(self, pending)
        let threads = (0..<min(max(1, workers), pending.count)).compactMap { _ in WorkerThread { work.run() } }
        defer {
            work.stop()
            for thread in threads { thread.join() }
        }
        var (done, unstored) = (0, [PhotoFacts]())
        do {
            while done < pending.count {
                // If the system allows no threads, the calling thread does the work.
                if threads.isEmpty { work.runOne() }
                let (count, facts) = try work.results(after: done)
                (done, unstored) = (count, unstored + facts)
                if unstored.count >= Self.batch {
                    try project.set(unstored)
                    unstored = []
                }
                try progress(done, pending.count)
            }
        } catch {
            try? project.set(unstored)
            throw error
        }
        try project.set(unstored)
    }

    /// The photos whose files were not decoded yet.
    private func unexamined() throws(ProjectError) -> [Int] {
        let (known, filter) = (cache.versions(), PhotoFilter(order: .added))
        let ids = try project.ids(filter)
        var pending: [Int] = []
        for start in stride(from: 0, to: ids.count, by: 1000) {
            // In small parts, because the project is locked meanwhile.
            for photo in try project.photos(Array(ids[start..<min(start + 1000, ids.count)])) {
                let isKnown = photo.state == .unreadable || photo.state == .ok && known[photo.id] == photo.version
                if !isKnown { pending.append(photo.id) }
            }
        }
        return pending.reversed()
    }
}

/// Photos that threads take one by one.
private final class ThumbnailWork: Sendable {
    private struct State {
        var next = 0
        var done = 0
        var facts: [PhotoFacts] = []
        var failure: (any Error)?
        var isStopped = false
    }

    private let thumbnails: Thumbnails
    private let photos: [Int]
    private let state = Monitor(State())

    init(_ thumbnails: Thumbnails, _ photos: [Int]) { (self.thumbnails, self.photos) = (thumbnails, photos) }

    func run() {
        while runOne() {}
    }

    /// Examines one photo. Returns whether there was one left.
    @discardableResult
    func runOne() -> Bool {
        let photo = state.withLock { state -> Int? in
            guard !state.isStopped, state.failure == nil, state.next < photos.count else { return nil }
            defer { state.next += 1 }
            return photos[state.next]
        }
        guard let photo else { return false }
        let result = Result { try thumbnails.examine(photo) }
        state.update { state in
            switch result {
            case .success(let facts): state.facts += facts.map { [$0] } ?? []
            // Ends the work, except for a photo that disappeared from the project.
            case .failure(let error) where (error as? ProjectError)?.code != .unknownPhoto:
                state.failure = state.failure ?? error
            case .failure: break
            }
            state.done += 1
        }
        return true
    }

    /// Waits until more than `count` photos are done. Returns their number, and the facts since the last call.
    func results(after count: Int) throws -> (done: Int, facts: [PhotoFacts]) {
        let results = state.wait { state -> Result<(Int, [PhotoFacts]), any Error>? in
            if let failure = state.failure { return .failure(failure) }
            guard state.done > count else { return nil }
            defer { state.facts = [] }
            return .success((state.done, state.facts))
        }
        return try results.get()
    }

    func stop() { state.update { $0.isStopped = true } }
}

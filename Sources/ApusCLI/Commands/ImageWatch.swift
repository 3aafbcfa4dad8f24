internal import Apus
internal import Images
internal import Platform

/// Shows how a work on images goes on: a bar, and the images that can't be read.
final class ImageWatch: Sendable {
    private let bar: ProgressBar
    private let tell: @Sendable (SampleFailure) -> Void
    private let places = Monitor<Set<Int>>([])

    /// - Parameter tell: names an image that can't be read.
    init(
        _ label: String, total: Int, talk: TalkOptions,
        tell: @escaping @Sendable (SampleFailure) -> Void = { Console.tell("apus: \($0)") }
    ) {
        bar = ProgressBar(label, total: total, isQuiet: talk.quiet)
        self.tell = tell
    }

    /// How many images could not be read.
    var unreadable: Int { places.withLock { $0.count } }

    /// Reads the events of the work to their end.
    func read<Value>(
        _ events: EventSequence<ImageEvent<Value>>, _ body: (Value) throws -> Void = { _ in }
    ) async throws {
        defer { bar.clear() }
        for await event in events {
            switch event {
            case .progress(let done, _): bar.update(done)
            case .unreadable(let failure):
                places.withLock { _ = $0.insert(failure.index) }
                bar.clear()
                tell(failure)
            case .result(let value): try body(value)
            }
        }
    }

    /// Names the classes of which no image could be read, whatever the user silenced: a result without them misleads.
    func warn(of dataset: any ImageDataset) {
        for name in dataset.unreadableClasses(places.withLock { $0 }) {
            Console.tell("warning: none of the pictures of the class '\(name)' could be read.")
        }
    }
}

extension TalkOptions {
    /// Tells what was understood of data.
    func note(_ input: ImageInput) { (input.lines + input.notes).forEach(note) }

    /// Tells what was understood of data.
    func note(_ data: EvaluationData) { (data.dataset.lines + data.notes).forEach(note) }
}

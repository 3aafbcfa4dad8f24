internal import Apus
internal import Images
internal import Platform

/// Shows the progress of a command on images: a bar, and the unreadable images.
final class ImageWatch: Sendable {
    private let bar: ProgressBar
    private let messages: MessageOptions
    private let report: @Sendable (SampleFailure) -> Void
    private let places = Monitor<Set<Int>>([])

    /// - Parameter report: prints an unreadable image.
    init(
        _ label: String, total: Int, messages: MessageOptions,
        report: @escaping @Sendable (SampleFailure) -> Void = { Console.message("apus: \($0)") }
    ) {
        bar = ProgressBar(label, total: total, isQuiet: messages.quiet)
        self.messages = messages
        self.report = report
    }

    /// The number of unreadable images.
    var unreadable: Int { places.withLock { $0.count } }

    /// Shows the events until the last one.
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
                report(failure)
            case .result(let value): try body(value)
            case .note(let text):
                bar.clear()
                messages.note(text)
            }
        }
    }

    /// Warns of classes without any readable image, even with `--quiet`: a result without them is misleading.
    func warn(of dataset: any ImageDataset) {
        for name in dataset.unreadableClasses(places.withLock { $0 }) {
            Console.message("warning: all images of the class '\(name)' are unreadable.")
        }
    }
}

extension MessageOptions {
    /// Prints how the images were interpreted.
    func note(_ input: ImageInput) { (input.lines + input.notes).forEach(note) }

    /// Prints how the dataset was interpreted.
    func note(_ data: EvaluationData) { (data.dataset.lines + data.notes).forEach(note) }
}

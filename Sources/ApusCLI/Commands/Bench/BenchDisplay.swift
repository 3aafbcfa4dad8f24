internal import Apus
internal import Classifier
internal import Platform
internal import TorchVision

/// Shows the events of a measurement as a progress bar.
struct BenchDisplay {
    private let bar: ProgressBar
    private let download: ProgressBar
    private let messages: MessageOptions
    private var part: Bench.Part?

    init(on bar: ProgressBar, model: String, messages: MessageOptions) {
        (self.bar, self.messages) = (bar, messages)
        download = .download(of: "weights of \(model)", isQuiet: messages.quiet)
    }

    /// Shows events until the last one.
    mutating func show(_ events: EventSequence<Bench.Event>) async {
        for await event in events {
            if case .downloading(let progress) = event {
                download.update(progress)
                continue
            }
            download.clear()
            switch event {
            case .downloading: break
            case .started(let plan): (plan.lines + plan.notes).forEach(messages.note)
            case .engine(let report):
                bar.clear()
                messages.report(report)
            case .measuring(let part, let images, let fraction):
                if part != self.part { bar.restart(part.name, total: nil) }
                self.part = part
                // The number of images at the end of the time.
                bar.update(images, total: fraction > 0 ? max(images, Int(Double(images) / fraction)) : nil)
            }
        }
        download.clear()
    }
}

extension Bench.Part {
    /// The name of the part in the table.
    var name: String {
        switch self {
        case .reading: "reading files"
        case .decoding: "reading and decoding"
        case .inference: "prediction, images in memory"
        case .steps: "training, images in memory"
        case .training: "training"
        }
    }
}

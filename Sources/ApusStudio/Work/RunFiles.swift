internal import Apus
internal import LibC
internal import Platform

/// What the files of a run say. The log has everything: the start, the steps, the epochs, the diagnosis and the end.
///
/// The files are those of the run directory, so that runs from a terminal, and runs that go on after the studio was
/// killed, are read like any other.
struct RunFiles: Sendable {
    /// The settings; nil if they can't be read.
    let configuration: TrainingConfiguration?
    let log: [LogRecord]
    /// Whether the report is there, which is written last.
    let hasReport: Bool
    let hasModel: Bool
    /// The last lines that the process of the run printed.
    let output: [Substring]

    /// Reads the files of a run. What is missing or damaged is left out.
    ///
    /// - Parameter directory: the folder of the run; the files of the studio are next to it.
    init(_ directory: RunDirectory) {
        let given = [directory.configuration, directory.path + RunService.Suffix.settings].first(where: fileExists)
        configuration = given.flatMap { try? TrainingConfiguration.read($0) }?.configuration
        log = fileExists(directory.log) ? (try? RunLog.read(directory.log)) ?? [] : []
        (hasReport, hasModel) = (fileExists(directory.report), fileExists(directory.best))
        output = Self.lastLines(of: directory.path + RunService.Suffix.output)
    }

    /// The first event of the log.
    var start: LogStart? {
        for case .started(let start) in log.lazy.map(\.event) { return start }
        return nil
    }

    /// The metrics of the epochs.
    var epochs: [EpochMetrics] {
        log.compactMap { if case .epoch(let metrics, _) = $0.event { metrics } else { nil } }
    }

    /// The metrics of the steps. JSON has no NaN, which a loss that diverges becomes.
    var steps: [StepSummary] {
        log.compactMap { record in
            guard case .step(let step) = record.event, step.loss.isFinite else { return nil }
            return step
        }
    }

    /// The best epoch by the run's own criterion.
    var best: EpochMetrics? {
        epochs.reduce(nil) { best, next in
            best.map { next.isBetter(than: $0, by: configuration?.metric ?? .accuracy) ? next : $0 } ?? next
        }
    }

    /// What the log says about the end: the state, and the reason of a failure; nil if the run did not end.
    var end: RunFacts.End? {
        switch log.last?.event {
        case .finished where hasReport: RunFacts.End(state: .finished)
        case .stopped("it was canceled"): RunFacts.End(state: .stopped)
        case .stopped(let reason): RunFacts.End(state: .failed, message: reason)
        default: nil
        }
    }

    /// The error that the process printed at its end: everything from the last line that begins with the program's
    /// name, or the last line.
    var error: String? {
        let place = output.lastIndex { $0.hasPrefix("apus: ") || $0.hasPrefix("Error: ") }
        let lines = place.map { output[$0...] } ?? output.suffix(1)
        guard let first = lines.first else { return nil }
        let start = first.hasPrefix("apus: ") ? first.dropFirst(6) : first
        return ([start] + lines.dropFirst()).joined(separator: " ").printable
    }

    /// The line that describes what the process does before the first step, and its fraction: `features  120 of 400  52/s`.
    var preparation: (text: String, fraction: Double?)? {
        guard let line = output.last, line.hasPrefix("features ") || line.hasPrefix("downloading ") else { return nil }
        let numbers = line.firstMatch(of: /([0-9,.]+)(?: MB)? of ([0-9,.]+)/).flatMap { match in
            Double(match.1.filter { $0 != "," }).flatMap { done in
                Double(match.2.filter { $0 != "," }).flatMap { $0 > 0 ? done / $0 : nil }
            }
        }
        return (String(line).printable, line.hasPrefix("features ") ? numbers.map { min(1, $0) } : nil)
    }

    /// The time in seconds that the run took for a training or validation image in an epoch; with cached features, for
    /// an image at all. Nil before the first epoch has ended.
    var secondsPerImage: Double? {
        guard let start, let configuration else { return nil }
        let images = Double(start.trainingImages) + Double(start.validationImages)
        let times = log.compactMap { record in if case .epoch = record.event { record.time } else { nil } }
        guard images > 0, let first = times.first, let began = log.first?.time else { return nil }
        if configuration.compute.cachesFeatures {
            // A pause before the features were ready would count as work.
            return log.contains { $0.event == .resumed } ? nil : (first - began) / images
        }
        let lengths = zip([began] + times, times).map { $1 - $0 }.sorted()
        return lengths[lengths.count / 2] / images
    }

    /// The last complete lines of a text file, at most 16 KiB.
    private static func lastLines(of path: String) -> [Substring] {
        let file = path.withFileName { open($0, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) }
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 14)
        let size = lseek(file, 0, SEEK_END)
        let count = pread(file, &bytes, bytes.count, max(0, size - off_t(bytes.count)))
        guard count > 0 else { return [] }
        return Substring(String(decoding: bytes[..<count], as: UTF8.self)).split(separator: "\n")
    }
}

extension RunFiles {
    /// A text that changes when the files do.
    static func signature(of directory: RunDirectory) -> String {
        let paths = [
            directory.configuration, directory.log, directory.report, directory.best,
            directory.path + RunService.Suffix.settings, directory.path + RunService.Suffix.output,
        ]
        return paths.map { path in
            guard let status = FilePath(path).status() else { return "-" }
            return "\(status.identity) \(status.size) \(status.modified)"
        }.joined(separator: ",")
    }
}

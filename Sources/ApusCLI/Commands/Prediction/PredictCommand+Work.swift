internal import Apus
internal import ArgumentParser
internal import Classifier
internal import Foundation
internal import Images
internal import Inference
internal import Platform
internal import Torch
internal import TorchVision

extension PredictCommand {
    func run() async throws {
        guard readsVideos || readsList || out != nil else { return try await predict() }
        // The writing of a result waits for its reader, perhaps forever.
        let deadline: Duration? = readsList && out == nil ? .seconds(5) : nil
        try await stoppingAtSignals(within: deadline, { try await predict() }, cleanUp: {})
    }

    private func predict() async throws {
        let shard = try shard?.shard(in: ProcessInfo.processInfo.environment) ?? .whole
        let work = try open(shard)
        var source = PredictionSource(work.images, results: work.results)
        do {
            if let first = try source.next() {
                try await predict(first, source, work)
            } else if work.list?.listed.count == 0 {
                let (message, advice) = ("standard input contains no paths", "write one path per line")
                guard out == nil else { throw ApusError(.noReadableImages, message, advice: advice) }
                messages.note("\(message); \(advice)")
                try await writeHeader()
            } else if case .parts = work.images {
                throw ApusError(.noReadableImages, "there are no frames", advice: "check the video")
            } else if work.results == nil {
                messages.note("shard \(shard) has no images")
                try await writeHeader()
            }
            guard let results = work.results else { return }
            let listed = work.list?.listed ?? work.listed
            try results.withLock { results in
                try results.complete(count: listed.count, digest: listed.digest)
                messages.note(
                    "shard \(shard) is complete in \(results.folder); now: "
                        + "\(counted(results.written.images, "image")) in \(counted(results.written.files, "file"))")
            }
        } catch {
            // What is done is not repeated.
            try? work.results?.withLock { try $0.finishFile() }
            throw error
        }
    }

    /// Writes the names of the columns, which depend on the model, if there is no image.
    private func writeHeader() async throws {
        guard shownFormat == .csv else { return }
        let classifier = try await engine.open(model, messages: messages)
        _ = try PredictionWriter(
            format: .csv, input: nil, top: min(shownClasses, classifier.classes.count),
            hasNames: classifier.description.displayNames != nil, results: nil)
    }

    /// The format that is given, or the default.
    var shownFormat: PredictionFormat { format ?? (out == nil ? .table : .json) }

    var shownClasses: Int { top ?? (shownFormat == .csv ? 1 : 5) }

    private func predict(_ first: ImageInput, _ images: PredictionSource, _ work: Work) async throws {
        var source = images
        if case .all = work.images {} else { first.notes.forEach(messages.note) }
        let classifier = try await engine.open(model, messages: messages)
        let report = try await engine.prepare(classifier, forImages: first.images.count, messages: messages)
        try work.results?.withLock { try $0.begin() }

        if let top, top > classifier.classes.count {
            messages.warn("--top \(top): the model has only \(classifier.classes.count.grouped) classes; all are shown")
        }
        let (format, shown, hasFolder) = (shownFormat, shownClasses, work.results != nil)
        var total = limit
        if case .all = work.images { total = first.images.count }
        let bar = ProgressBar("predicting", total: total, isQuiet: messages.quiet)
        let writer = try PredictionWriter(
            format: format, input: first, top: min(shown, classifier.classes.count),
            hasNames: classifier.description.displayNames != nil, results: work.results)
        let sheets = sheet.map { PredictionSheets(path: $0, input: first, classifier: classifier) }
        let began = ContinuousClock.now
        let counts = Monitor((done: 0, failed: 0))
        var summary = PassSummary()
        let sharesTerminal = !hasFolder && Console.isTerminal(.standardOutput)
        var options = engine.pass(crops)
        // The limit is for the list as a whole, not for each part; of a shard also for the results of earlier processes.
        if readsList || hasFolder { options.maximumUnreadable = nil }
        var interruption: CancellationError?
        do {
            var input: ImageInput? = first
            while let images = input?.images {
                let pass = try await classifier.predict(
                    images, top: shown, includesLogits: logits, options: options
                ) { results in
                    for await result in results {
                        let (done, failed) = counts.withLock { counts in
                            counts.done += 1
                            if case .failure = result { counts.failed += 1 }
                            return counts
                        }
                        if case .failure(_, let message) = result {
                            bar.clear()
                            if format != .json, !hasFolder { Console.message("apus: \(message)") }
                        }
                        try writer.write(result, number: done)
                        try sheets?.add(result)
                        // On the same terminal, a bar would overwrite the table.
                        if !sharesTerminal { bar.update(done, detail: failed > 0 ? "\(failed) unreadable" : "") }
                    }
                }
                summary.add(pass)
                if case .count? = engine.maxUnreadable { try checkUnreadable(counts.withLock { $0 }) }
                input = try source.next()
                input?.notes.forEach(messages.note)
                if let input { sheets?.continue(with: input) }
            }
        } catch let error as CancellationError {
            // What was predicted so far is the result.
            interruption = error
        }
        bar.clear()
        let sheetPaths = try sheets?.finish() ?? []
        let (done, failed) = counts.withLock { $0 }
        summarize(
            done: done, failed: failed, seconds: (.now - began) / .seconds(1),
            engine: report.summary + (classifier.processor.map { ", on \($0)" } ?? ""))
        if summary.images > 0 { messages.note(times(of: summary)) }
        (source.notes + summary.notes).forEach(messages.note)
        sheetPaths.forEach { messages.note("Sheet: \($0)") }
        if let interruption { throw interruption }
        try checkUnreadable((done, failed))
        if failed > 0, !hasFolder, engine.maxUnreadable == nil { throw ExitCode(1) }
    }

    /// Throws an error if more images of a list are unreadable than the limit allows. The folder for results does so
    /// itself.
    private func checkUnreadable(_ counts: (done: Int, failed: Int)) throws {
        guard readsList, out == nil, let limit = engine.maxUnreadable, !limit.allows(counts.failed, of: counts.done)
        else { return }
        throw ApusError(
            .unreadableImage,
            "\(counts.failed.grouped) of \(counted(counts.done, "image")) can't be read, but the limit is \(limit)",
            advice: "check the list, or raise the limit (`maximumUnreadable`)")
    }

    /// Returns the times of an image: `decode 6.1 ms, inference 7.6 ms per image (2 threads)`.
    private func times(of summary: PassSummary) -> String {
        let (decoding, inference) = (summary.decodingTime, summary.inferenceTime)
        return String(
            printf: "decode %.1f ms, inference %.1f ms per image", decoding / .milliseconds(1),
            inference / .milliseconds(1)) + " (\(counted(DataLoader.processorCount, "thread")))"
    }

    private func summarize(done: Int, failed: Int, seconds: Double, engine: String) {
        let predicted = done - failed
        guard predicted > 0 else { return messages.note("No images predicted; \(failed.grouped) unreadable.") }
        messages.note(
            "\(counted(predicted, "image")) in "
                + String(printf: "%.2f s, %.1f ms per image", seconds, seconds * 1000 / Double(predicted))
                + " (\(engine))" + (failed > 0 ? "; \(failed.grouped) unreadable" : ""))
    }
}

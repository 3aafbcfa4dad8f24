internal import Apus
internal import Classifier
internal import Foundation
internal import Platform

extension RunFiles {
    /// The part of the progress that computing the features has, if they are cached.
    private static let cachedPart = 0.9

    /// The run as the page shows it.
    ///
    /// - Parameters:
    ///   - name: the name of the run.
    ///   - facts: what the studio itself knows.
    ///   - state: whether a process works on it: `training`, `stopping`, or nil.
    ///   - now: the time in seconds since 1970.
    func run(_ name: String, _ facts: RunFacts, live state: Run.State?, now: Double) -> Run {
        let end = end(facts)
        var run = Run(name: name, state: state ?? end?.state ?? .interrupted)
        let (start, epochs) = (start, epochs)
        run.epochs = configuration?.epochs ?? start?.epochs ?? 0
        run.epoch = min(epochs.count + (run.state.isLive && start != nil ? 1 : 0), run.epochs)
        run.network = configuration?.model ?? start?.model ?? ""
        run.images = start?.trainingImages ?? facts.images ?? 0
        run.created = (facts.created ?? log.first?.time).map(Self.isoTime) ?? ""
        // JSON for the page has no infinity.
        run.accuracy = best.map(\.validationAccuracy).flatMap { $0.isFinite ? $0 : nil }
        run.loss = best.map(\.validationLoss).flatMap { $0.isFinite ? $0 : nil }
        (run.hasModel, run.evaluated, run.evaluatedSplit) = (hasModel, facts.evaluated, facts.evaluatedSplit)
        if !run.state.isLive { run.message = end?.message.map { SettingNames.named(in: $0).printable } }
        let (progress, secondsLeft) = progress(facts, run.state, now: now)
        run.progress = progress.isFinite ? min(max(progress, 0), 1) : 0
        run.secondsLeft = secondsLeft.flatMap { $0.isFinite ? $0 : nil }
        if run.state == .training, steps.isEmpty { run.message = preparation?.text }
        return run
    }

    /// The end of the run: what the log says, unless the studio saw a later end of its process.
    private func end(_ facts: RunFacts) -> RunFacts.End? {
        // A process that was killed before it wrote anything leaves the log of the one before it.
        if facts.end == nil, end?.state != .finished, let started = facts.started, started > log.last?.time ?? 0 {
            return nil
        }
        guard let seen = facts.end, end?.state != .finished, (seen.time ?? 0) >= (log.last?.time ?? 0) else {
            return end
        }
        // The log has the reason in the library's own terms.
        return end?.state == seen.state ? end : seen
    }

    /// The fraction of the whole run that is done, and the seconds that are left.
    private func progress(_ facts: RunFacts, _ state: Run.State, now: Double) -> (Double, Double?) {
        guard state != .finished else { return (1, nil) }
        let isCached = configuration?.compute.cachesFeatures == true
        let offset = isCached ? Self.cachedPart : 0
        let total = Double(max(1, configuration?.epochs ?? 1)) * Double(max(1, start?.stepsPerEpoch ?? 1))
        func done(_ record: LogRecord) -> Double { min(1, Double(record.step) / total) }
        // Times before the last resumption are of another process.
        let begin = log.lastIndex { $0.event == .resumed } ?? log.startIndex
        let records = log[begin...].filter { record in
            switch record.event {
            case .step, .epoch: record.time != nil
            default: false
            }
        }
        let trained = log.last.map(done) ?? 0
        guard state.isLive else { return (trained > 0 ? offset + (1 - offset) * trained : 0, nil) }
        if let first = records.first, let last = records.last, let began = first.time, let ended = last.time,
            done(last) > done(first), ended > began
        {
            let left = (1 - done(last)) * (ended - began) / (done(last) - done(first)) - (now - ended)
            return (offset + (1 - offset) * done(last), max(0, left))
        }
        let elapsed = facts.started.map { max(0, now - $0) }
        let left = facts.seconds.flatMap { seconds in elapsed.map { max(0, seconds - $0) } }
        guard trained == 0 else { return (offset + (1 - offset) * trained, left) }
        let fraction =
            preparation?.fraction
            ?? facts.seconds.flatMap { seconds in elapsed.map { min(1, $0 / max(1, seconds)) } } ?? 0
        return (isCached ? Self.cachedPart * fraction : 0, left)
    }

    /// A time as ISO 8601, in UTC.
    static func isoTime(_ seconds: Double) -> String {
        // A damaged file may have any number.
        (0..<253_402_300_800).contains(seconds) ? Date(timeIntervalSince1970: seconds).ISO8601Format() : ""
    }

    /// The run with its curves and settings.
    func details(_ run: Run, command: String) -> RunDetails {
        let settings = configuration.flatMap { try? ConfigurationFile($0).settings() } ?? [:]
        return RunDetails(
            run: run,
            curves: RunDetails.Curves(
                epochs: epochs.filter { epoch in
                    [
                        epoch.trainingLoss, epoch.trainingAccuracy, epoch.validationLoss, epoch.validationAccuracy,
                        epoch.learningRate,
                    ].allSatisfy(\.isFinite)
                }.map {
                    RunDetails.Epoch(
                        epoch: $0.epoch, trainingLoss: $0.trainingLoss, trainingAccuracy: $0.trainingAccuracy,
                        validationLoss: $0.validationLoss, validationAccuracy: $0.validationAccuracy,
                        learningRate: $0.learningRate)
                },
                steps: steps.filter(\.accuracy.isFinite).map {
                    RunDetails.Step(step: $0.step, loss: $0.loss, accuracy: $0.accuracy)
                },
                stepsPerEpoch: start?.stepsPerEpoch ?? 0),
            diagnosis: findings.map { finding in
                RunDetails.Diagnosis(
                    kind: finding.kind.rawValue, level: finding.level,
                    text: SettingNames.named(in: finding.sentence).printable,
                    advice: finding.advice.map { SettingNames.named(in: $0).printable })
            },
            settings: ConfigurationKey.all.compactMap { key in
                settings[key.name].map { RunDetails.Setting(key: key.name, value: $0.plainText.printable) }
            },
            command: command)
    }

    /// The diagnosis at the end of the run, or of its curves so far.
    private var findings: [Apus.Finding] {
        let logged = log[(log.lastIndex { if case .epoch = $0.event { true } else { false } } ?? 0)...].compactMap {
            if case .diagnosis(let finding) = $0.event { finding } else { nil }
        }
        guard logged.isEmpty, let start, let configuration else { return logged }
        var curves = TrainingCurves(
            epochs: epochs, classes: start.classes, validationImages: start.validationImages,
            trainsEverything: start.strategy.firstRange(of: "all") != nil)
        curves.steps = steps
        curves.isMultiLabel = start.isMultiLabel
        curves.optimizerStepsPerEpoch = configuration.optimizer.steps(ofBatches: start.stepsPerEpoch)
        curves.startsFresh = configuration.network.initialWeights == .random
        curves.hasPretrainedWeights = true
        curves.setsValidationAside = false
        curves.balancesClasses = configuration.data.classBalancing != .none
        curves.trainingImages = start.trainingImages
        return diagnose(curves)
    }
}

extension Apus.Finding {
    /// How much it matters: `good`, `note` or `warning`.
    fileprivate var level: String {
        switch kind {
        case .allIsWell: "good"
        case .tooShort, .stillImproving, .noisyValidation, .unbalancedClasses: "note"
        default: "warning"
        }
    }
}

/// The names of settings that the page shows.
enum SettingNames {
    /// Returns a text of the library with the keys of settings in place of its properties: `batch-size` in place of
    /// `data.batchSize`.
    static func named(in text: String) -> String {
        ConfigurationKey.all.reduce(text) { text, key in
            text.replacing("`\(key.path)`", with: "`\(key.name)`").replacing("`\(key.path) = ", with: "`\(key.name) = ")
        }
    }
}

internal import Apus
internal import Classifier
internal import Foundation
internal import LibC
internal import Platform
internal import StudioProject

extension RunService {
    /// Starts a run, on a test set that is drawn first if there is none.
    ///
    /// - Parameters:
    ///   - preset: the way to train.
    ///   - changes: the settings of the user by their keys.
    ///   - name: the name of the run; nil for a new one.
    /// - Returns: the name of the run.
    /// - Throws: `StudioError` if another run trains, something is missing, or a setting is wrong.
    func start(_ preset: TrainingPreset, _ changes: [String: ConfigurationValue], name: String?) throws -> String {
        if let other = live { throw Self.busy(other) }
        if let name, !Self.isName(name) {
            throw StudioError(
                .invalid, "a run can't be called '\(name.shown)': use letters, digits, '-', '_' and '.', at most 60")
        }
        let (plan, configuration) = try TrainingPlanner(context: context, runs: self).plan(preset, changes)
        guard plan.problems.isEmpty, let configuration else {
            throw StudioError(.invalid, plan.problems.first ?? "the run can't be trained")
        }
        try makeFolder(folder)
        let name = try claim(name, preset)
        let base = folder + "/" + name
        do {
            if !plan.testPhotos.isEmpty {
                try context.project.apply(.split(plan.testPhotos, .test))
                context.hub.changed("photos", "classes")
            }
            try context.project.writeTable(to: base + Suffix.table)
            change(name) { facts in
                facts = RunFacts()
                facts.created = Date.now.timeIntervalSince1970
                (facts.seconds, facts.images) = (plan.seconds, plan.trainingImages)
                facts.classIDs = context.project.classIDs
            }
            let settings = try jsonText(ConfigurationFile(configuration), pretty: true) + "\n"
            try writeAtomically(settings.fileNameBytes, to: base + Suffix.settings)
            try launch(name, Self.trainingArguments(base))
        } catch {
            for suffix in Suffix.all { try? removeFile(base + suffix) }
            forget(name)
            throw error
        }
        return name
    }

    /// Continues a run from its last saved state, or from its beginning if it has none.
    ///
    /// - Throws: `StudioError` if another run trains, or it has finished.
    func resume(_ name: String) throws {
        let path = try directory(of: name)
        if let other = live { throw Self.busy(other) }
        guard try run(name).state != .finished else { throw StudioError(.conflict, "the run '\(name)' has finished") }
        if fileExists(RunDirectory(reading: path).configuration) {
            return try launch(name, ["train", "--resume", path])
        }
        guard fileExists(path + Suffix.settings), fileExists(path + Suffix.table) else {
            throw StudioError(.invalid, "the run '\(name)' has nothing to resume from; delete it and start a new one")
        }
        // Its process ended before the first step. What it left would be confused with another run.
        try removeTree(path)
        try launch(name, Self.trainingArguments(path))
    }

    /// Deletes a run with all of its files.
    ///
    /// - Throws: `StudioError` if it trains.
    func delete(_ name: String) throws {
        let path = try directory(of: name)
        guard try !run(name).state.isLive else { throw Self.busy(name) }
        try removeTree(path)
        for suffix in Suffix.all where fileExists(path + suffix) { try removeFile(path + suffix) }
        forget(name)
    }

    /// The run with its curves, its diagnosis and its settings.
    func details(_ name: String) throws -> RunDetails {
        let (run, files) = try files(of: name)
        let base = folder + "/" + name
        let arguments =
            fileExists(base + Suffix.settings)
            ? Self.trainingArguments(base) : ["train", "--config", RunDirectory(reading: base).configuration]
        return files.details(run, command: (["apus"] + arguments.map(\.shellWord)).joined(separator: " ").printable)
    }

    private static func trainingArguments(_ base: String) -> [String] {
        ["train", base + Suffix.table, "--config", base + Suffix.settings, "--out", base]
    }

    /// Reserves the name of a run, so that two requests can't get the same one.
    private func claim(_ name: String?, _ preset: TrainingPreset) throws(StudioError) -> String {
        func isFree(_ name: String) -> Bool {
            // The name of the settings makes the run. It is made in one step.
            let path = folder + "/" + name
            guard !([""] + Suffix.all).contains(where: { Self.kind(path + $0) != nil }) else { return false }
            let flags = O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC
            let file = (path + Suffix.settings).withFileName { open($0, flags, 0o666) }
            guard file >= 0 else { return false }
            close(file)
            return true
        }
        if let name {
            guard isFree(name) else {
                throw StudioError(.conflict, "there is a run '\(name)' already; use another name")
            }
            return name
        }
        guard let name = (1...10_000).lazy.map({ "\(preset.rawValue)-\($0)" }).first(where: isFree) else {
            throw StudioError(.failed, "no run can be made in \(folder.printable); check the disk and its permissions")
        }
        return name
    }
}

/// Removes a folder with everything in it, if it exists. Links in it are removed, not followed.
///
/// - Throws: `FileError`.
func removeTree(_ path: String) throws(FileError) {
    guard path.withFileName({ unlink($0) }) != 0, errno != ENOENT else { return }
    for name in try entryNames(of: path) { try removeTree(path + "/" + name) }
    guard path.withFileName({ rmdir($0) }) == 0 else { throw FileError(path: path, operation: "remove", code: errno) }
}

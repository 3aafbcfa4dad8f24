internal import Classifier
internal import Foundation
internal import Platform
internal import Torch
internal import TorchDistributed

/// How the processes of a run begin it, or resume it, together: the first one has the run folder.
extension TrainingTeam {
    /// Joins the other processes of a run with a configuration.
    convenience init(_ processes: TrainingProcesses?, _ configuration: TrainingConfiguration?) throws {
        guard let processes else {
            self.init()
            return
        }
        try self.init(
            processes,
            device: Device.find(configuration?.compute.device, localRank: processes.environment.localRank))
    }

    /// Prepares the network in all processes, with the weights of the first. One process of each computer begins, and
    /// downloads files that the others then have.
    func prepare(_ body: () throws -> TrainingSetup) throws -> TrainingSetup {
        guard let group else { return try body() }
        if localRank != 0 { try group.barrier() }
        let setup = try body()
        if localRank == 0 { try group.barrier() }
        try broadcast(setup.network.stateDict.map(\.tensor))
        return setup
    }

    /// Returns the folder of the run that the first process holds.
    func directory(of held: HeldRun?) throws -> RunDirectory {
        let bytes = try fromFirst { held.map { $0.directory.path.fileNameBytes } ?? [] }
        return RunDirectory(reading: String(fileName: bytes))
    }

    /// Returns the configuration in the folder of a run.
    func configuration(of run: RunDirectory) throws -> (configuration: TrainingConfiguration, data: String?) {
        guard group != nil else { return try TrainingConfiguration.read(run.configuration) }
        let json = try fromFirst {
            _ = try TrainingConfiguration.read(run.configuration)
            return try fileBytes(run.configuration)
        }
        return try TrainingConfiguration.read(json: Data(json))
    }

    /// Returns the last saved state of a run.
    func lastState(of run: RunDirectory) throws -> (state: RunState, tensors: RunTensors, warning: String?)? {
        guard group != nil else { return try RunState.readLast(of: run) }
        var saved: (state: RunState, tensors: RunTensors, warning: String?)?
        let bytes = try fromFirst {
            saved = try RunState.readLast(of: run)
            return saved == nil ? [] : try fileBytes(run.checkpoint)
        }
        guard !isFirst, !bytes.isEmpty else { return saved }
        let (state, tensors) = try RunState.read(bytes: bytes, of: run.checkpoint)
        return (state, tensors, nil)
    }

    /// Returns the folder of the run that processes continue because their launcher has restarted them; nil if they
    /// begin a run.
    ///
    /// Launchers on several computers restart processes after a failure, and when one joins, with the same command. How
    /// often they did may differ from process to process, so the first one decides: an unfinished run with the same
    /// configuration is continued.
    ///
    /// - Parameters:
    ///   - directory: The folder that was asked for; nil for the last of `runs/NAME-1`, `runs/NAME-2`, …, after a
    ///     restart that the launcher counts.
    ///   - name: NAME.
    func runToContinue(
        _ directory: String?, _ configuration: TrainingConfiguration, named name: String
    ) throws -> String? {
        guard let group else { return nil }
        if case .file = group.environment.rendezvous, group.environment.restartCount == 0 { return nil }
        let bytes = try fromFirst {
            guard directory != nil || group.environment.restartCount > 0 else { return [] }
            let run = RunDirectory(reading: directory ?? Self.lastRun(named: name))
            guard fileExists(run.configuration), !fileExists(run.report),
                try TrainingConfiguration.read(run.configuration).configuration == configuration
            else { return [] }
            return run.path.fileNameBytes
        }
        return bytes.isEmpty ? nil : String(fileName: bytes)
    }

    private static func lastRun(named name: String) -> String {
        let numbers = ((try? entryNames(of: "runs")) ?? []).compactMap { entry in
            entry.hasPrefix(name + "-") ? Int(entry.dropFirst(name.count + 1)) : nil
        }
        return "runs/\(name)-\(numbers.max() ?? 1)"
    }
}

extension TrainingConfiguration {
    /// Reads the configuration of a run for the device of its processes; nil where the folder is on another computer.
    static func ofRun(_ directory: String, _ processes: TrainingProcesses?) throws -> TrainingConfiguration? {
        guard processes != nil else { return nil }
        return try? read(RunDirectory(reading: directory).configuration).configuration
    }
}

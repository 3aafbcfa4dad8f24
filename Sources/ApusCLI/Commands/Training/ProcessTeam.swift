internal import Apus
internal import ArgumentParser
internal import Classifier
internal import Foundation
internal import LibC
internal import Platform
internal import Torch
internal import TorchDistributed

/// The processes that train together, as one of them sees them: `ProcessLauncher`, torchrun or Slurm started it.
///
/// The first process prints; the others are silent until they fail.
struct ProcessTeam {
    /// The place of this process.
    let environment: DistributedEnvironment
    /// Whether `ProcessLauncher` started it. It names a process that a signal ended.
    private let isLaunched: Bool
    private let variables: [String: String]

    /// Reads what the launcher set. Nil if there was none.
    ///
    /// - Throws: `DistributedError` that names a variable with an invalid value.
    init?(_ variables: [String: String] = ProcessInfo.processInfo.environment) throws {
        guard let environment = try DistributedEnvironment.read(variables) else { return nil }
        self.environment = environment
        self.variables = variables
        isLaunched = variables["APUS_RENDEZVOUS"] != nil
    }

    /// The name of a process of this machine in messages: `process 1 of 2 on node7`. Ranks begin at 0.
    static func name(_ rank: Int, of count: Int) -> String { "process \(rank) of \(count) on \(host)" }

    private static var host: String { ProcessInfo.processInfo.hostName }

    /// Prepares this process: its output and its share of the processors.
    func join() {
        if isLaunched {
            // In the terminal it is a process in the background.
            signal(SIGTTOU, SIG_IGN)
            ParentProcess.endWithIt()
        }
        Console.isSilent = environment.rank > 0
        shareProcessors()
    }

    /// Each process of a machine uses as many threads as there are processors for it. Slurm says how many; torchrun
    /// sets one thread, whatever the machine has.
    private func shareProcessors() {
        let given = variables["RANK"] == nil ? variables["SLURM_CPUS_PER_TASK"].flatMap(Int.init) : nil
        guard given != nil || environment.localCount > 1 else { return }
        ProcessorCount.limit(to: given ?? ProcessorCount.available / max(1, environment.localCount))
        let threads = variables["OMP_NUM_THREADS"].flatMap(Int.init)
        let isChosen = threads != nil && !(threads == 1 && variables["TORCHELASTIC_RUN_ID"] != nil)
        if !isChosen { try? LibTorch.setThreadCount(ProcessorCount.available) }
    }

    /// - Throws: `ApusError` if LibTorch can use GPUs, but fewer than this.
    static func checkGPUs(_ count: Int) throws {
        let found = Device.cudaCount
        guard (1..<count).contains(found) else { return }
        throw ApusError(
            .unknownDevice, "\(count) processes need \(count) GPUs, but this machine has \(found)",
            advice: "start \(found) processes per machine, or train on the CPU with --device cpu")
    }

    /// The line that a run prints about its processes; nil for a single one.
    var line: String? {
        guard environment.count > 1 else { return nil }
        return "\(environment.count) processes with \(counted(LibTorch.threadCount, "thread")) each"
    }

    /// Runs the training of this process and prints its error once for each terminal.
    ///
    /// - Throws: `ExitCode`.
    func reporting(_ work: () async throws -> Void) async throws {
        do {
            try await work()
        } catch let code as ExitCode {
            throw code
        } catch let error as TrainingInterruption {
            // A signal to another process.
            Console.message(Hints.text(of: error))
            throw ExitCode(128 + SIGTERM)
        } catch {
            throw report(error)
        }
    }

    private func report(_ error: any Error) -> ExitCode {
        let text = Hints.text(of: error)
        let cause = (error as? ApusError)?.underlyingError as? DistributedError ?? error as? DistributedError
        switch cause?.code {
        case .processLost, .processFailed, .processHangs:
            // The failed process has printed its error, and the launcher knows how another one ended.
            if isLaunched, cause?.code != .processHangs || environment.rank > 0 {
                return ExitCode(ProcessLauncher.followed)
            }
            // Otherwise one process of each machine prints it.
            let speaker = cause?.rank == environment.rank - environment.localRank ? 1 : 0
            let isKnown = cause?.code == .processFailed && cause?.host == Self.host
            guard environment.localRank == speaker, !isKnown else { break }
            Console.isSilent = false
            Console.message("apus: \(text)")
        default:
            let place = environment.rank == 0 ? "" : Self.name(environment.rank, of: environment.count) + ": "
            Console.isSilent = false
            Console.message("apus: \(place)\(text)")
        }
        return ExitCode(1)
    }
}

/// The place of this process among those of a training, as a launcher describes it in environment variables.
public struct DistributedEnvironment: Sendable, Equatable {
    /// The number of this process, from 0.
    public var rank: Int
    /// The number of processes.
    public var count: Int
    /// The number of this process among those of its machine: the index of its CUDA device.
    public var localRank: Int
    /// The number of processes on its machine.
    public var localCount: Int
    /// How often the launcher has restarted the processes after a failure.
    public var restartCount: Int
    /// Where the processes meet.
    public var rendezvous: Rendezvous

    /// A place where processes meet.
    public enum Rendezvous: Sendable, Equatable {
        /// A server. Rank 0 runs it, unless the launcher does.
        case tcp(host: String, port: Int, isHostedByLauncher: Bool = false)
        /// A file that all processes reach, for those of one machine. Each start needs a new file, which the launcher
        /// removes.
        case file(String)
    }

    /// Creates a description from its parts. By default all processes are on one machine.
    public init(
        rank: Int, count: Int, localRank: Int? = nil, localCount: Int? = nil, restartCount: Int = 0,
        rendezvous: Rendezvous
    ) {
        (self.rank, self.count) = (rank, count)
        (self.localRank, self.localCount) = (localRank ?? rank, localCount ?? count)
        (self.restartCount, self.rendezvous) = (restartCount, rendezvous)
    }

    /// Reads what a launcher has set: PyTorch's variables (`RANK`, `WORLD_SIZE`, `LOCAL_RANK`, `LOCAL_WORLD_SIZE`,
    /// `MASTER_ADDR`, `MASTER_PORT`, and those of torchrun), or Slurm's in a process that `srun` has started.
    /// `APUS_RENDEZVOUS`, a file, replaces the address.
    ///
    /// - Parameter environment: The environment variables of the process.
    /// - Returns: Nil if no launcher has set anything.
    /// - Throws: `DistributedError` with the code `environment` if a variable is missing or has a wrong value.
    public static func read(_ environment: [String: String]) throws(DistributedError) -> DistributedEnvironment? {
        let variables = LauncherVariables(environment)
        if variables.has("RANK") { return try fromPyTorch(variables) }
        if let slurm = try SlurmStep(variables) { return try slurm.environment(variables) }
        if let count = try variables.number("WORLD_SIZE", atLeast: 1), count > 1 {
            throw variables.missing("RANK", "WORLD_SIZE is \(count)")
        }
        return nil
    }

    private static func fromPyTorch(_ variables: LauncherVariables) throws(DistributedError) -> DistributedEnvironment {
        guard let count = try variables.number("WORLD_SIZE", atLeast: 1) else {
            throw variables.missing("WORLD_SIZE", "RANK is set")
        }
        let rank = try variables.number("RANK", atLeast: 0, below: count, "WORLD_SIZE") ?? 0
        let file = variables.text("APUS_RENDEZVOUS")
        let localCount = try variables.number("LOCAL_WORLD_SIZE", atLeast: 1)
        let localRank = try variables.number("LOCAL_RANK", atLeast: 0, below: localCount, "LOCAL_WORLD_SIZE")
        let rendezvous: Rendezvous
        if let file {
            rendezvous = .file(file)
        } else {
            rendezvous = .tcp(
                host: try variables.required("MASTER_ADDR", "RANK is set"), port: try variables.port(or: nil),
                isHostedByLauncher: ["True", "true", "1"].contains(variables.text("TORCHELASTIC_USE_AGENT_STORE")))
        }
        return DistributedEnvironment(
            rank: rank, count: count,
            // Without these variables, each process counts as alone on its machine, unless they meet in a file.
            localRank: localRank ?? (file == nil ? 0 : rank), localCount: localCount ?? (file == nil ? 1 : count),
            restartCount: try variables.number("TORCHELASTIC_RESTART_COUNT", atLeast: 0) ?? 0, rendezvous: rendezvous)
    }
}
